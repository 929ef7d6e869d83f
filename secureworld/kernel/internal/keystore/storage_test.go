package keystore

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/deviceroot"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/storage"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/trustedstorage"
)

// A97: the storage belongs to this terminal, this firmware and this disk.
func TestAStorageThatWasMovedIsRefused(t *testing.T) {
	e := newEstate(t)
	e.open(t)
	foreign := e.cfg
	foreign.TerminalID = "TERM0002"
	if _, err := openAll(newRooms(), copied(t, e.dir), foreign); !errors.Is(err, deviceroot.ErrOtherTerminal) {
		t.Errorf("another terminal: %v", err)
	}
	for name, want := range map[string]error{firmwareRoot: deviceroot.ErrOtherKernel, deviceroot.RecordFile: deviceroot.ErrDamaged} {
		dir := copied(t, e.dir)
		write(t, filepath.Join(dir, name), random(32))
		if _, err := openAll(newRooms(), dir, e.cfg); !errors.Is(err, want) {
			t.Errorf("another %s: %v", name, err)
		}
		write(t, filepath.Join(dir, name), random(31))
		if _, err := openAll(newRooms(), dir, e.cfg); err == nil {
			t.Errorf("a short %s: accepted", name)
		}
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		if _, err := openAll(newRooms(), dir, e.cfg); err == nil {
			t.Errorf("no %s: accepted", name)
		}
		write(t, filepath.Join(dir, name), read(t, filepath.Join(e.dir, name)))
		e.works(t, opened(t, dir, e.cfg)) // twin: put right, it opens
	}
}

// sealedFiles are those of the keys.
func sealedFiles(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, trustedstorage.Spaces))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range entries {
		if strings.Contains(d.Name(), "-") {
			names = append(names, filepath.Join(trustedstorage.Spaces, d.Name()))
		}
	}
	if len(names) != 12 {
		t.Fatalf("%d sealed files: %v", len(names), names)
	}
	return names
}

func TestSealedFilesThatWereSwappedAreRefused(t *testing.T) {
	e := newEstate(t)
	e.open(t)
	refused := 0
	names := sealedFiles(t, e.dir)
	for i, a := range names {
		b := names[(i+1)%len(names)]
		dir := copied(t, e.dir)
		write(t, filepath.Join(dir, a), read(t, filepath.Join(e.dir, b)))
		_, err := openAll(newRooms(), dir, e.cfg)
		if errors.Is(err, storage.ErrSwapped) {
			refused++
		}
		if err == nil && a != markFile(t, e) {
			t.Errorf("%s in place of %s: accepted", b, a)
		}
	}
	if refused < len(names)-1 {
		t.Errorf("%d swaps were refused as such", refused)
	}
	e.works(t, e.open(t))
}

// markFile is the object whose being there is all that counts.
func markFile(t *testing.T, e *estate) string {
	t.Helper()
	files := sealedFiles(t, e.dir)
	return files[len(files)-1] // written last
}

func TestAChangedByteOfASealedFileIsRefused(t *testing.T) {
	e := newEstate(t)
	e.open(t)
	dir := copied(t, e.dir)
	for _, name := range sealedFiles(t, dir)[:8] {
		path := filepath.Join(dir, name)
		good := read(t, path)
		for i := 0; i < len(good); i += 23 { // package storage has them all
			bad := bytes.Clone(good)
			bad[i] ^= 1 << (i % 8)
			write(t, path, bad)
			if _, err := openAll(newRooms(), dir, e.cfg); !errors.Is(err, storage.ErrDamaged) {
				t.Fatalf("%s, byte %d: %v", name, i, err)
			}
		}
		for _, bad := range [][]byte{nil, good[:len(good)-1], append(bytes.Clone(good), 0)} {
			write(t, path, bad)
			if _, err := openAll(newRooms(), dir, e.cfg); !errors.Is(err, storage.ErrDamaged) && !errors.Is(err, storage.ErrTruncated) {
				t.Errorf("%s of %d bytes: %v", name, len(bad), err)
			}
		}
		write(t, path, good)
	}
	e.works(t, opened(t, dir, e.cfg))
}

// Opening fails at every request for memory with an error and not otherwise.
func TestAStorageThatCannotBeOpenedForWantOfMemorySaysSo(t *testing.T) {
	e := newEstate(t)
	e.open(t)
	whole := newRooms()
	if _, err := openAll(whole, e.dir, e.cfg); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= whole.asked; n++ {
		r := newRooms()
		r.refuses = n
		if _, err := openAll(r, e.dir, e.cfg); !errors.Is(err, errNoRoom) {
			t.Errorf("request %d: %v", n, err)
		}
	}
	e.works(t, e.open(t))
}
