package keystore

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A97: the storage belongs to this terminal, this firmware and this disk.
func TestAStorageThatWasMovedIsRefused(t *testing.T) {
	e := newEstate(t)
	e.open(t)
	foreign := e.cfg
	foreign.TerminalID = "TERM0002"
	if _, err := Open(newRooms(), copied(t, e.dir), foreign); !errors.Is(err, errStorage) {
		t.Errorf("another terminal: %v", err)
	}
	for _, name := range []string{firmwareRoot, localRandom} {
		dir := copied(t, e.dir)
		write(t, filepath.Join(dir, name), random(32))
		if _, err := Open(newRooms(), dir, e.cfg); !errors.Is(err, errStorage) {
			t.Errorf("another %s: %v", name, err)
		}
		write(t, filepath.Join(dir, name), random(31))
		if _, err := Open(newRooms(), dir, e.cfg); err == nil {
			t.Errorf("a short %s: accepted", name)
		}
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(newRooms(), dir, e.cfg); err == nil {
			t.Errorf("no %s: accepted", name)
		}
		write(t, filepath.Join(dir, name), read(t, filepath.Join(e.dir, name)))
		e.works(t, opened(t, dir, e.cfg)) // twin: put right, it opens
	}
}

// sealedFiles are those whose loss cannot be made up for.
func sealedFiles(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, folder))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range entries {
		if d.Name() != complete && !slices.Contains(hostNames(), d.Name()) {
			names = append(names, d.Name())
		}
	}
	if len(names) != 8 {
		t.Fatalf("%d sealed files: %v", len(names), names)
	}
	return names
}

func TestSealedFilesThatWereSwappedAreRefused(t *testing.T) {
	e := newEstate(t)
	e.open(t)
	names := sealedFiles(t, e.dir)
	for _, a := range names {
		for _, b := range names {
			if a == b {
				continue
			}
			dir := copied(t, e.dir)
			write(t, filepath.Join(dir, folder, a), read(t, filepath.Join(e.dir, folder, b)))
			if _, err := Open(newRooms(), dir, e.cfg); !errors.Is(err, errStorage) {
				t.Errorf("%s in place of %s: %v", b, a, err)
			}
		}
	}
	e.works(t, e.open(t))
}

func TestEveryChangedByteOfASealedFileIsRefused(t *testing.T) {
	e := newEstate(t)
	e.open(t)
	dir := copied(t, e.dir)
	for _, name := range sealedFiles(t, dir) {
		path := filepath.Join(dir, folder, name)
		good := read(t, path)
		for i := range good {
			bad := bytes.Clone(good)
			bad[i] ^= 1 << (i % 8)
			write(t, path, bad)
			if _, err := Open(newRooms(), dir, e.cfg); !errors.Is(err, errStorage) {
				t.Fatalf("%s, byte %d: %v", name, i, err)
			}
		}
		for _, bad := range [][]byte{nil, good[:len(good)-1], append(bytes.Clone(good), 0)} {
			write(t, path, bad)
			if _, err := Open(newRooms(), dir, e.cfg); !errors.Is(err, errStorage) {
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
	if _, err := Open(whole, e.dir, e.cfg); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= whole.asked; n++ {
		r := newRooms()
		r.refuses = n
		if _, err := Open(r, e.dir, e.cfg); !errors.Is(err, errNoRoom) {
			t.Errorf("request %d: %v", n, err)
		}
	}
	e.works(t, e.open(t))
}
