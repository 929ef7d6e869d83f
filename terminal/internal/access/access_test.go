package access

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEachSecretOpensItsOwnDoorOnly(t *testing.T) {
	s, err := Draw()
	if err != nil {
		t.Fatal(err)
	}
	open := strings.TrimPrefix(s.OpenPath(), "/open?key=")
	if !s.IsToken(s.Token()) || !s.IsCookie(s.Cookie()) || !s.IsOpen(open) {
		t.Fatal("a secret does not open its own door")
	}
	for _, wrong := range []string{"", "x", s.Cookie(), open, s.Token() + "x", s.Token()[1:]} {
		if s.IsToken(wrong) {
			t.Error("the token's door opens to something else")
		}
	}
	if (Secrets{}).IsToken("") || (Secrets{}).IsCookie("") || (Secrets{}).IsOpen("") {
		t.Error("secrets that were never drawn open to nothing at all")
	}
}

func TestFilesArePrivateAndFresh(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, TokenFile)
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := Draw()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Write(dir, "http://127.0.0.1:1"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{TokenFile: s.Token(), PageFile: "http://127.0.0.1:1" + s.OpenPath()} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
		if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(b) != want+"\n" {
			t.Errorf("%s does not hold this start's secret: %v", name, err)
		}
	}
}
