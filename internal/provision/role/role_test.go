package role

import (
	"crypto/ed25519"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/provision/audit"
)

func created(t *testing.T, n Name) *Folder {
	t.Helper()
	f, err := Create(filepath.Join(t.TempDir(), "state"), n, Options{Name: "Acme"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func reopened(t *testing.T, f *Folder) *Folder {
	t.Helper()
	_ = f.Close()
	again, err := Open(f.Dir, f.Role(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = again.Close() })
	return again
}

func TestAFolderHasOneRole(t *testing.T) {
	f := created(t, Manufacturer)
	_ = f.Close()
	for _, n := range Names() {
		g, err := Open(f.Dir, n, Options{})
		if (n == Manufacturer) != (err == nil) || n != Manufacturer && !errors.Is(err, ErrOtherRole) {
			t.Errorf("opened as %s: %v", n, err)
		}
		if err == nil {
			_ = g.Close()
		}
		if _, err := Create(f.Dir, n, Options{Name: "Acme"}); n != Manufacturer && !errors.Is(err, ErrOtherRole) || n == Manufacturer && !errors.Is(err, ErrExists) {
			t.Errorf("set up again as %s: %v", n, err)
		}
	}
	if n, err := Which(f.Dir); err != nil || n != Manufacturer {
		t.Errorf("%s, %v", n, err)
	}
	if _, err := Open(t.TempDir(), Manufacturer, Options{}); !errors.Is(err, ErrNone) {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestAKeyIsTheOneThatWasMade(t *testing.T) {
	f := created(t, Customer)
	for _, name := range []string{"licence", "configuration"} {
		if _, err := f.Generate(name, Ed25519); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Generate("licence", Ed25519); !errors.Is(err, ErrExists) {
		t.Errorf("made twice: %v", err)
	}
	f = reopened(t, f)
	s, err := f.Signer("licence")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Public().(ed25519.PublicKey); !ok {
		t.Error("another kind of key")
	}
	other, err := f.Get("keys/configuration.key")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Put("keys/licence.key", other); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Signer("licence"); !errors.Is(err, ErrKey) {
		t.Errorf("one key in another's place: %v", err)
	}
	if err := f.Put("keys/licence.key", []byte("nothing")); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Signer("licence"); err == nil {
		t.Error("a damaged key")
	}
}

func TestTheFirstManufacturerStaysTheOne(t *testing.T) {
	f := created(t, Customer)
	one, _, _ := ed25519.GenerateKey(nil)
	other, _, _ := ed25519.GenerateKey(nil)
	if f.Root() != nil {
		t.Error("one is known before")
	}
	if err := errors.Join(f.SetRoot(one), f.SetRoot(one)); err != nil {
		t.Fatal(err)
	}
	f = reopened(t, f)
	if err := f.SetRoot(other); err == nil || !f.Root().Equal(one) {
		t.Errorf("%v", err)
	}
}

func TestEveryActIsWrittenDownByWhom(t *testing.T) {
	f := created(t, Developer)
	if err := f.Did("sign", "application loyalty", []byte("statement")); err != nil {
		t.Fatal(err)
	}
	f = reopened(t, f)
	if err := f.Did("sign", "application payment", []byte("statement")); err != nil {
		t.Fatal(err)
	}
	entries, _, err := Record(f.Dir)
	if err != nil || len(entries) != 2 || !strings.HasPrefix(entries[1].Who, "developer Acme, ") || len(entries[1].Digest) != 64 {
		t.Fatalf("%+v, %v", entries, err)
	}
	path := filepath.Join(f.Dir, auditFile)
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, []byte(strings.Replace(string(b), "loyalty", "other", 1)), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	if _, err := Open(f.Dir, Developer, Options{}); !errors.Is(err, audit.ErrBroken) {
		t.Errorf("acts on a record that was changed: %v", err)
	}
}

func TestAFolderIsForItsOwnerAlone(t *testing.T) {
	f := created(t, Acquirer)
	if _, err := f.Generate("host-ca", P256); err != nil {
		t.Fatal(err)
	}
	if err := f.Did("init", "", nil); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(f.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := d.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	if err := os.Chmod(f.Dir, 0o755); err != nil { //nolint:gosec // what is tested
		t.Fatal(err)
	}
	if _, err := Open(f.Dir, Acquirer, Options{}); !errors.Is(err, os.ErrPermission) {
		t.Errorf("a folder that others read: %v", err)
	}
}

func TestOneProcessActsAtATime(t *testing.T) {
	f := created(t, Customer)
	if _, err := Open(f.Dir, Customer, Options{}); !errors.Is(err, ErrInUse) {
		t.Error(err)
	}
}

func TestANameIsPlain(t *testing.T) {
	for _, name := range []string{"", " x", "a\nb", "a\x00", strings.Repeat("x", 65), "../x"} {
		if _, err := Create(t.TempDir(), Customer, Options{Name: name}); err == nil {
			t.Errorf("%q", name)
		}
	}
}
