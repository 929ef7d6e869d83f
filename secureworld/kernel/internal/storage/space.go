package storage

import (
	"crypto/rand"
	"io"
)

// Space is an opened one. It stands for its number: a space that was removed and
// made again is another.
type Space struct {
	s     *Store
	space uint32
	name  string
	quota Quota
}

// Space opens a space under a random key, and makes it where there is none.
// Errors: ErrName, ErrExists when it has a password, ErrFull, and what is wrong
// with it.
func (s *Store) Space(name string, q Quota) (*Space, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(name); err != nil {
		return nil, err
	}
	i, found := s.table.find(name)
	if !found {
		l, err := s.create(name, func(*line) error { return nil })
		if err != nil {
			return nil, err
		}
		s.contents[l.space] = &content{index: &index{}, key: l.key}
		return &Space{s, l.space, name, q}, nil
	}
	l := s.table.lines[i]
	if l.password {
		return nil, ErrExists
	}
	return &Space{s, l.space, name, q}, s.contents[l.space].err
}

func (s *Store) usable(name string) error {
	switch {
	case s.dead != nil:
		return ErrDead
	case !validName(name):
		return ErrName
	}
	return nil
}

// create makes an empty space under a new random key, changed by prepare.
func (s *Store) create(name string, prepare func(*line) error) (line, error) {
	if len(s.table.lines) == maxSpaces || s.table.next == 1<<32-1 {
		return line{}, ErrFull
	}
	l := line{name: name, space: s.table.next}
	var err error
	if l.key, err = s.mem.Room(keySize); err != nil {
		return line{}, err
	}
	if _, err = io.ReadFull(rand.Reader, l.key); err == nil {
		err = prepare(&l)
	}
	if err == nil {
		err = s.commit(s.table.with(l))
	}
	if err != nil {
		s.release(l.key)
	}
	return l, err
}

// Spaces lists the names of all spaces.
func (s *Store) Spaces() (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.table.lines {
		names = append(names, l.name)
	}
	return names
}

// Remove gives a space up with everything in it, whether it is open or not. Its
// key is gone with the root record that held it.
func (s *Store) Remove(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(name); err != nil {
		return err
	}
	i, found := s.table.find(name)
	if !found {
		return ErrNoSpace
	}
	l := s.table.lines[i]
	if err := s.commit(s.table.without(i)); err != nil {
		return err
	}
	s.forget(l)
	return s.clean()
}

// forget erases the keys of a space.
func (s *Store) forget(l line) {
	if c := s.contents[l.space]; c != nil && l.password {
		s.release(c.key)
	}
	s.release(l.key)
	delete(s.contents, l.space)
}

// Number is the number of the root record in force: how many changes there were.
func (s *Store) Number() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.number
}
