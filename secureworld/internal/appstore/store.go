// Package appstore keeps the trusted applications that the operator installed
// beside those of the kernel image.
//
//	FOLDER/list       which are installed; also which were, so that none comes
//	                  back in an older version
//	FOLDER/SHA256     modules, statements and countersignatures by their digests
//
// The list is the only truth and is replaced in one step; a file that it does not
// name is removed when boot starts. Boot verifies the signatures of what the list
// names at each start.
//
// Boot imports it. It verifies nothing itself.
package appstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/strongroom-pos/strongroom/secureworld/internal/durable"
)

const (
	listFile   = "list"
	listHeader = "strongroom-applications 1\n"
	entryForm  = "%s %d %t %s %s %s\n"
	// maxEntries bounds the names that a device ever sees.
	maxEntries = 64
	// none stands for a countersignature that is not there.
	none = "-"
)

// Why the store refuses.
var (
	ErrDamaged = errors.New("application store: the list is damaged")
	ErrOlder   = errors.New("application store: a newer version was installed before")
	ErrFull    = errors.New("application store: full")
	ErrUnknown = errors.New("application store: no such application")
)

// Entry is one application.
type Entry struct {
	Name      string
	Version   uint64
	Installed bool // false: removed, and only its version is kept
	// Names of its files, SHA-256 in hexadecimal. A removed one has a statement where
	// that says that what the application stored is kept.
	Module, Statement, Countersignature string
}

// Store is the folder. Not for use by several goroutines.
type Store struct {
	folder string
	disk   durable.Disk
	list   []Entry
}

// Open reads the list and removes what it does not name.
func Open(folder string, disk durable.Disk) (*Store, error) {
	s := &Store{folder: folder, disk: disk}
	if err := disk.MakeFolder(folder); err != nil {
		return nil, fmt.Errorf("application store: %w", err)
	}
	raw, err := os.ReadFile(s.path(listFile))
	if err == nil {
		s.list, err = parse(raw)
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return s, s.sweep()
}

func (s *Store) path(name string) string { return filepath.Join(s.folder, name) }

// Installed are the applications, in the order of their installation.
func (s *Store) Installed() []Entry {
	var out []Entry
	for _, e := range s.list {
		if e.Installed {
			out = append(out, e)
		}
	}
	return out
}

// Removed are the names of removed applications whose stored data are to be erased.
func (s *Store) Removed() []string {
	var out []string
	for _, e := range s.list {
		if !e.Installed && e.Statement == none {
			out = append(out, e.Name)
		}
	}
	return out
}

// Check tells whether this version may be installed.
func (s *Store) Check(name string, version uint64) error {
	i := s.find(name)
	switch {
	case i >= 0 && version < s.list[i].Version:
		return ErrOlder
	case i < 0 && len(s.list) == maxEntries:
		return ErrFull
	}
	return nil
}

func (s *Store) find(name string) int {
	return slices.IndexFunc(s.list, func(e Entry) bool { return e.Name == name })
}

// Install keeps an application, in the place of one of the same name. It is
// durable when Install returns.
func (s *Store) Install(name string, version uint64, module, statement, countersignature []byte) error {
	if err := s.Check(name, version); err != nil {
		return err
	}
	e := Entry{Name: name, Version: version, Installed: true, Countersignature: none}
	for _, f := range []struct {
		content []byte
		name    *string
	}{{module, &e.Module}, {statement, &e.Statement}, {countersignature, &e.Countersignature}} {
		if len(f.content) == 0 {
			continue
		}
		digest := sha256.Sum256(f.content)
		*f.name = hex.EncodeToString(digest[:])
		if err := durable.Create(s.disk, s.path(*f.name), f.content); err != nil {
			return fmt.Errorf("application store: %w", err)
		}
	}
	return s.put(e)
}

// Remove removes an application and keeps its version, and its statement where that
// says that its data are kept.
func (s *Store) Remove(name string, keepData bool) error {
	i := s.find(name)
	if i < 0 || !s.list[i].Installed {
		return ErrUnknown
	}
	e := Entry{Name: name, Version: s.list[i].Version, Module: none, Statement: none, Countersignature: none}
	if keepData {
		e.Statement = s.list[i].Statement
	}
	return s.put(e)
}

// Restore puts an entry back as it was: what replaced it was declined.
func (s *Store) Restore(e Entry) error { return s.put(e) }

// Find tells the entry of a name.
func (s *Store) Find(name string) (Entry, bool) {
	if i := s.find(name); i >= 0 {
		return s.list[i], true
	}
	return Entry{}, false
}

func (s *Store) put(e Entry) error {
	list := slices.Clone(s.list)
	if i := s.find(e.Name); i >= 0 {
		list[i] = e
	} else {
		list = append(list, e)
	}
	if err := durable.Replace(s.disk, s.path(listFile), encode(list)); err != nil {
		return fmt.Errorf("application store: %w", err)
	}
	s.list = list
	return nil
}

// Read returns an application's files as they are now.
func (s *Store) Read(e Entry) (module, statement, countersignature []byte, err error) {
	if module, err = os.ReadFile(s.path(e.Module)); err != nil {
		return nil, nil, nil, err
	}
	if statement, err = os.ReadFile(s.path(e.Statement)); err != nil {
		return nil, nil, nil, err
	}
	if e.Countersignature != none {
		countersignature, err = os.ReadFile(s.path(e.Countersignature))
	}
	return module, statement, countersignature, err
}

// sweep removes what the list does not name.
func (s *Store) sweep() error {
	keep := map[string]bool{listFile: true}
	for _, e := range s.list {
		keep[e.Module], keep[e.Statement], keep[e.Countersignature] = true, true, true
	}
	files, err := os.ReadDir(s.folder)
	for _, f := range files {
		if !keep[f.Name()] {
			err = errors.Join(err, s.disk.Remove(s.path(f.Name())))
		}
	}
	return err
}

func encode(list []Entry) []byte {
	text := []byte(listHeader)
	for _, e := range list {
		text = fmt.Appendf(text, entryForm, e.Name, e.Version, e.Installed, e.Module, e.Statement, e.Countersignature)
	}
	return fmt.Appendf(text, "sha256 %x\n", sha256.Sum256(text))
}

// parse reads a list; what does not encode back is damaged.
func parse(raw []byte) ([]Entry, error) {
	lines := slices.Collect(bytes.Lines(raw))
	if len(lines) < 2 || len(lines) > maxEntries+2 {
		return nil, ErrDamaged
	}
	var list []Entry
	for _, line := range lines[1 : len(lines)-1] {
		var e Entry
		if _, err := fmt.Sscanf(string(line), entryForm, &e.Name, &e.Version, &e.Installed, &e.Module, &e.Statement, &e.Countersignature); err != nil {
			return nil, ErrDamaged
		}
		if !e.safe() {
			return nil, ErrDamaged
		}
		list = append(list, e)
	}
	if !bytes.Equal(encode(list), raw) {
		return nil, ErrDamaged
	}
	return list, nil
}

// safe: no name leads out of the folder.
func (e Entry) safe() bool {
	for _, name := range []string{e.Module, e.Statement, e.Countersignature} {
		if raw, err := hex.DecodeString(name); name != none && (err != nil || len(raw) != sha256.Size) {
			return false
		}
	}
	return e.Name != "" && len(e.Name) <= 32
}
