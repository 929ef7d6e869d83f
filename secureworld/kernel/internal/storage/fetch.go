package storage

import (
	"errors"
	"fmt"
	"io/fs"
)

// fetch reads the record of a place, sealed under key with this tag, and hands its
// body over. Anything else is told apart.
func (s *Store) fetch(p place, want tag, key []byte, f func(body []byte) error) error {
	err := s.look(p, want, key, f)
	if kind := kindOf(err); kind != nil && s.found != nil && !s.told[kind] {
		s.told[kind] = true
		s.found(kind)
	}
	return err
}

func (s *Store) look(p place, want tag, key []byte, f func(body []byte) error) error {
	b, err := s.disk.Read(p.file(), p.limit())
	if errors.Is(err, fs.ErrNotExist) {
		return s.missing(p)
	}
	if err != nil {
		return fmt.Errorf("storage: reading: %w", err)
	}
	r, err := parse(b)
	if err != nil {
		return err
	}
	if r.place != p {
		return s.opens(r, misplaced(r.place, p))
	}
	if r.tag() != want {
		return s.opens(r, old(p.kind)) // sealed for this version, and given up by a power cut
	}
	return s.withRoom(r.size()+tagSize, func(room []byte) error {
		if err := s.unseal(key, room, r); err != nil {
			return err
		}
		return f(room[:r.size()])
	})
}

// missing tells a record that is gone from one in whose place the version before
// it lies.
func (s *Store) missing(p place) error {
	b, err := s.disk.Read(p.before().file(), p.limit())
	if err != nil {
		return ErrMissing
	}
	r, err := parse(b)
	if err != nil || misplaced(r.place, p) != old(p.kind) {
		return ErrMissing
	}
	err = s.opens(r, old(p.kind))
	if errors.Is(err, ErrForged) {
		return ErrMissing
	}
	return err
}

// opens returns verdict when the record was sealed by this store, whatever for.
func (s *Store) opens(r record, verdict error) error {
	key := s.keyOf(r.place)
	if key == nil || r.size() > maxIndexBody {
		return ErrForged
	}
	return s.withRoom(r.size()+tagSize, func(room []byte) error {
		if err := s.unseal(key, room, r); err != nil {
			return err
		}
		return verdict
	})
}

// keyOf is the key that records of a place are sealed under, nil if there is none
// or it is not open.
func (s *Store) keyOf(p place) []byte {
	if p.kind == kindRoot {
		return s.key
	}
	if c := s.contents[p.space]; c != nil {
		return c.key
	}
	if s.table == nil {
		return nil
	}
	for _, l := range s.table.lines {
		if l.space == p.space && !l.password {
			return l.key
		}
	}
	return nil
}

// misplaced says what it means that a record of place have lies where want should.
func misplaced(have, want place) error {
	if have.kind != want.kind || have.space != want.space || have.object != want.object {
		return ErrSwapped
	}
	if have.version < want.version {
		return old(want.kind)
	}
	return ErrStoreOld // what refers to it is older than it
}

func old(kind byte) error {
	switch kind {
	case kindIndex:
		return ErrSpaceOld
	case kindObject:
		return ErrObjectOld
	}
	return ErrStoreOld
}
