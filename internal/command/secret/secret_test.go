//go:build linux

package secret

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestALineOfADescriptorIsASecret(t *testing.T) {
	for text, want := range map[string]string{
		"correct horse\n": "correct horse", "correct horse": "correct horse", "first\nsecond\n": "first",
		strings.Repeat("x", 255) + "\n": strings.Repeat("x", 255),
		"":                              "", "\n": "", strings.Repeat("x", 256) + "\n": "",
	} {
		var ends [2]int
		if err := unix.Pipe(ends[:]); err != nil {
			t.Fatal(err)
		}
		w := os.NewFile(uintptr(ends[1]), "pipe")
		if _, err := w.WriteString(text); err != nil {
			t.Fatal(err)
		}
		_ = w.Close()
		got, err := FromDescriptor(ends[0])
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("%.20q: %.20q, %v", text, got, err)
		}
	}
	if _, err := FromDescriptor(-1); err == nil {
		t.Error("no descriptor: taken")
	}
}
