package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"
)

// Config is what a store is made of.
type Config struct {
	Memory Memory
	Disk   Disk
	Anchor Anchor
	// Derive fills dst, in secret memory, with the key for a purpose, derived from
	// the storage root key.
	Derive func(dst []byte, purpose string) error
	// Reset, when it is the anchor's number, authorises to begin anew: everything
	// in the store is given up. It is good once, since the anchor goes on.
	Reset uint64
	// Found is told, once for each kind, that a record is not as it was written. It
	// must not call the store. Optional.
	Found func(err error)

	stretch func(password, salt []byte) []byte // tests have no time for Argon2id
}

// Store is the tree of spaces. Its methods, and those of its spaces, may be called
// from several goroutines.
type Store struct {
	mem     Memory
	disk    Disk
	anchor  Anchor
	found   func(error)
	stretch func(password, salt []byte) []byte
	key     []byte // room: seals the root record
	words   []byte // room: derives what masks the keys of spaces with a password

	mu       sync.Mutex // everything below
	number   uint64     // of the root record in force
	table    *table
	contents map[uint32]*content // by number of the space
	named    [2]bool             // the root record's files have durable names
	dead     error
	told     map[error]bool // kinds that found was told of
}

// content is an opened space.
type content struct {
	index *index
	key   []byte // room; that of its line, or the unmasked one
	err   error  // why it cannot be used; index is nil then
}

// Open opens the store, or makes one where the anchor says that there never was
// any. A space whose index does not verify is told when it is asked for; the
// others can be used.
func Open(cfg Config) (*Store, error) {
	s := &Store{mem: cfg.Memory, disk: cfg.Disk, anchor: cfg.Anchor, found: cfg.Found, stretch: cfg.stretch,
		contents: map[uint32]*content{}, told: map[error]bool{}}
	if s.stretch == nil {
		s.stretch = stretch
	}
	if err := s.keys(cfg); err != nil {
		return nil, err
	}
	anchored, err := s.anchor.Read()
	if err != nil {
		return nil, fmt.Errorf("storage: reading the anchor: %w", err)
	}
	if cfg.Reset != 0 && cfg.Reset == anchored {
		return s, s.reset(anchored)
	}
	if err := s.load(anchored); err != nil {
		return nil, err
	}
	if err := s.loadSpaces(); err != nil {
		return nil, err
	}
	return s, s.clean()
}

func (s *Store) keys(cfg Config) (err error) {
	for _, k := range []struct {
		room    *[]byte
		purpose string
	}{{&s.key, "strongroom storage record 1"}, {&s.words, "strongroom storage passwords 1"}} {
		if *k.room, err = s.mem.Room(keySize); err != nil {
			return err
		}
		if err := cfg.Derive(*k.room, k.purpose); err != nil {
			return err
		}
	}
	return nil
}

// load finds the root record in force.
func (s *Store) load(anchored uint64) error {
	roots, errs, err := s.roots()
	if err != nil {
		return err
	}
	best := -1
	for i, r := range roots {
		if errs[i] == nil && (best < 0 || r.version > roots[best].version) {
			best = i
		}
	}
	switch {
	case best < 0:
		return s.begin(anchored, errs)
	case roots[best].version < anchored && unreadable(errs[1-best]):
		return errs[1-best] // the newest one is there, and cannot be read
	case roots[best].version < anchored:
		return ErrStoreOld
	}
	return s.take(roots[best], anchored)
}

func unreadable(err error) bool { return err != nil && !errors.Is(err, fs.ErrNotExist) }

// roots reads both root records and opens their seals. What is wrong with one of
// them is for the caller; that it could not be found out is an error.
func (s *Store) roots() (roots [2]record, errs [2]error, err error) {
	for i := range roots {
		roots[i], errs[i] = s.root(uint64(i))
		s.named[i] = !errors.Is(errs[i], fs.ErrNotExist) // durable after the next SyncNames
		if s.named[i] && errs[i] != nil && !finding(errs[i]) {
			return roots, errs, fmt.Errorf("storage: reading the root record: %w", errs[i])
		}
	}
	return roots, errs, nil
}

func (s *Store) root(slot uint64) (record, error) {
	p := place{kind: kindRoot, version: slot}
	b, err := s.disk.Read(p.file(), p.limit())
	if err != nil {
		return record{}, err
	}
	r, err := parse(b)
	if err != nil {
		return record{}, err
	}
	if r.kind != kindRoot || r.version&1 != slot {
		return record{}, s.opens(r, ErrSwapped)
	}
	return r, s.opens(r, nil)
}

// begin makes the first root record, if nothing says that there was one before.
// What a power cut may have left of the first one is no record.
func (s *Store) begin(anchored uint64, errs [2]error) error {
	for _, err := range errs {
		if unreadable(err) && (anchored != 0 || !torn(err)) {
			return err
		}
	}
	names, err := s.disk.Names()
	if err != nil {
		return err
	}
	if anchored != 0 || !onlyRoots(names) {
		return ErrStoreMissing
	}
	s.table = &table{}
	return s.commit(s.table)
}

func torn(err error) bool { return errors.Is(err, ErrTruncated) || errors.Is(err, ErrDamaged) }

func onlyRoots(names []string) bool {
	for _, n := range names {
		if n != rootName(0) && n != rootName(1) {
			return false
		}
	}
	return true
}

// take makes a root record the one in force. A kernel that died may have written
// it without making it durable: that is made up for before anything rests on it.
func (s *Store) take(r record, anchored uint64) error {
	if err := errors.Join(s.disk.Sync(r.file()), s.disk.SyncNames()); err != nil {
		return fmt.Errorf("storage: making the root record durable: %w", err)
	}
	err := s.withRoom(r.size()+tagSize, func(room []byte) (err error) {
		if err = s.unseal(s.key, room, r); err != nil {
			return err
		}
		if s.table, err = decodeTable(room[:r.size()]); err != nil {
			return err
		}
		return s.keep(s.table)
	})
	if err != nil {
		return err
	}
	s.number = r.version
	if s.number > anchored {
		return s.raise()
	}
	return nil
}

// keep gives each key a room of its own.
func (s *Store) keep(t *table) error {
	for i := range t.lines {
		room, err := s.mem.Room(keySize)
		if err != nil {
			return err
		}
		copy(room, t.lines[i].key)
		t.lines[i].key = room
	}
	return nil
}

// loadSpaces opens the spaces that need no password. One that is not as it was
// stays shut and says why.
func (s *Store) loadSpaces() error {
	for _, l := range s.table.lines {
		if l.password {
			continue
		}
		c := s.loadSpace(l, l.key)
		if c.err != nil && !finding(c.err) {
			return c.err
		}
		s.contents[l.space] = c
	}
	return nil
}

func (s *Store) loadSpace(l line, key []byte) *content {
	c := &content{key: key}
	if l.version == 0 {
		c.index = &index{}
		return c
	}
	p := place{kind: kindIndex, space: l.space, version: l.version}
	c.err = s.fetch(p, l.tag, key, func(body []byte) (err error) {
		c.index, err = decodeIndex(body)
		return err
	})
	return c
}

// reset begins anew above everything that was ever written.
func (s *Store) reset(anchored uint64) error {
	s.number = anchored
	roots, errs, err := s.roots()
	if err != nil {
		return err
	}
	for i, r := range roots {
		if errs[i] == nil {
			s.number = max(s.number, r.version)
		}
	}
	s.table = &table{}
	if err := s.commit(s.table); err != nil {
		return err
	}
	return s.clean()
}
