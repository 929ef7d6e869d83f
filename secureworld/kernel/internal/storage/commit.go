package storage

import "fmt"

// stage writes a record that nothing refers to yet, and makes it durable. A write
// that fails has changed nothing that counts; after a failed sync nobody knows.
func (s *Store) stage(p place, b []byte) error {
	if err := s.disk.Write(p.file(), b); err != nil {
		return fmt.Errorf("storage: writing: %w", err)
	}
	if err := s.disk.Sync(p.file()); err != nil {
		return s.die(err)
	}
	return nil
}

// commit puts a table in force, with everything that was staged for it. It
// returns when that is durable and anchored.
func (s *Store) commit(t *table) error {
	if err := s.disk.SyncNames(); err != nil {
		return s.die(err)
	}
	p := place{kind: kindRoot, version: s.number + 1}
	err := s.withRoom(t.size()+tagSize, func(room []byte) error {
		t.encode(room)
		b, _, err := s.seal(s.key, room, t.size(), p)
		if err != nil {
			return err
		}
		return s.writeRoot(p, b)
	})
	if err != nil {
		return err
	}
	s.number, s.table = p.version, t
	return s.raise()
}

func (s *Store) writeRoot(p place, b []byte) error {
	if err := s.disk.Write(p.file(), b); err != nil {
		return s.die(err)
	}
	if err := s.disk.Sync(p.file()); err != nil {
		return s.die(err)
	}
	if s.named[p.version&1] {
		return nil
	}
	if err := s.disk.SyncNames(); err != nil {
		return s.die(err)
	}
	s.named[p.version&1] = true
	return nil
}

func (s *Store) raise() error {
	if err := s.anchor.Raise(s.number); err != nil {
		return s.die(err)
	}
	return nil
}

func (s *Store) die(err error) error {
	s.dead = err
	return fmt.Errorf("storage: writing: %w", err)
}
