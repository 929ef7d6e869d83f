package durable

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestAFileOfAnotherLengthIsNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte("four"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 3, 5} {
		if err := ReadExactly(path, make([]byte, n)); !errors.Is(err, ErrSize) {
			t.Errorf("into %d bytes: %v", n, err)
		}
	}
	room := make([]byte, 4)
	if err := ReadExactly(path, room); err != nil || string(room) != "four" {
		t.Errorf("%q, %v", room, err)
	}
	if err := ReadExactly(path+"x", room); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestWhatIsForgottenIsDeletedAndWrittenOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	held, err := os.Open(path) // what it held can still be read here
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := Forget(OS{}, path); err != nil {
		t.Fatal(err)
	}
	room := make([]byte, 6)
	if _, err := held.ReadAt(room, 0); err != nil || string(room) != "\x00\x00\x00\x00\x00\x00" {
		t.Errorf("it holds %q, %v", room, err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its name: %v", err)
	}
	if err := Forget(OS{}, path); err != nil {
		t.Errorf("again: %v", err)
	}
}
