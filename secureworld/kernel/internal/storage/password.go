package storage

import (
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"io"

	"golang.org/x/crypto/argon2"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
)

const (
	saltSize  = 16
	checkSize = 16
	// RFC 9106, section 4, second recommended option: 3 passes over 64 MiB in 4
	// lanes, which a terminal has.
	argonPasses = 3
	argonMemory = 64 << 10 // KiB
	argonLanes  = 4
	// maxFailures: ten guesses hit a four-digit number once in a thousand. Who is
	// locked out loses the space, so it is not three.
	maxFailures = 10
	// maxPassword bounds what Argon2id is given.
	maxPassword = 128
)

// Locked opens a space under a password of 1 to 128 bytes, and makes it where
// there is none. A wrong password is counted, durably, before it is tried; after
// ten in a row the space stays shut, and can only be removed. Errors: as of
// Space, and ErrPassword, ErrAttempts.
func (s *Store) Locked(name string, q Quota, password []byte) (*Space, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(name); err != nil {
		return nil, err
	}
	if len(password) == 0 || len(password) > maxPassword {
		return nil, ErrPassword
	}
	i, found := s.table.find(name)
	if !found {
		return s.createLocked(name, q, password)
	}
	l := s.table.lines[i]
	if !l.password {
		return nil, ErrExists
	}
	if err := s.attempt(l, password); err != nil {
		return nil, err
	}
	return &Space{s, l.space, name, q}, s.contents[l.space].err
}

// Lock forgets the key of a space with a password until Locked opens it again.
func (p *Space) Lock() {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	l, c, err := p.open()
	if err != nil || !l.password {
		return
	}
	p.s.release(c.key)
	delete(p.s.contents, p.space)
}

func (s *Store) createLocked(name string, q Quota, password []byte) (*Space, error) {
	key, err := s.mem.Room(keySize)
	if err != nil {
		return nil, err
	}
	l, err := s.create(name, func(l *line) error {
		copy(key, l.key)
		l.password = true
		if _, err := io.ReadFull(rand.Reader, l.salt[:]); err != nil {
			return err
		}
		return s.withMask(*l, password, func(mask, check []byte) error {
			subtle.XORBytes(l.key, l.key, mask)
			copy(l.check[:], check)
			return nil
		})
	})
	if err != nil {
		s.release(key)
		return nil, err
	}
	s.contents[l.space] = &content{index: &index{}, key: key}
	return &Space{s, l.space, name, q}, nil
}

// attempt tries a password: counted first, forgiven when it was right.
func (s *Store) attempt(l line, password []byte) error {
	if l.failures >= maxFailures {
		return ErrAttempts
	}
	l.failures++
	if err := s.commit(s.table.with(l)); err != nil {
		return err
	}
	key, err := s.mem.Room(keySize)
	if err != nil {
		return err
	}
	err = s.withMask(l, password, func(mask, check []byte) error {
		if subtle.ConstantTimeCompare(check, l.check[:]) != 1 {
			return ErrPassword
		}
		subtle.XORBytes(key, l.key, mask)
		l.failures = 0
		return s.commit(s.table.with(l))
	})
	if err != nil {
		s.release(key)
		return err
	}
	return s.unlocked(l, key)
}

func (s *Store) unlocked(l line, key []byte) error {
	if s.contents[l.space] != nil {
		s.release(key) // it was open already
		return nil
	}
	c := s.loadSpace(l, key)
	if c.err != nil && !finding(c.err) {
		s.release(key)
		return c.err
	}
	s.contents[l.space] = c
	return s.clean()
}

func stretch(password, salt []byte) []byte {
	return argon2.IDKey(password, salt, argonPasses, argonMemory, argonLanes, keySize)
}

// withMask derives what masks the key of a space, and what shows a right password,
// from the password and the storage root key: neither alone is enough, so a copied
// disk gives nothing to guess passwords with.
func (s *Store) withMask(l line, password []byte, f func(mask, check []byte) error) error {
	stretched := s.stretch(password, l.salt[:])
	defer clear(stretched)
	context := append(binary.BigEndian.AppendUint32(nil, l.space), stretched...)
	defer clear(context)
	return s.withRoom(keySize+checkSize, func(room []byte) error {
		return s.withAES(s.words, func(b cipher.Block) error {
			cmac.KDF(room[:keySize], b, "strongroom space mask 1", context)
			cmac.KDF(room[keySize:], b, "strongroom space check 1", context)
			return f(room[:keySize], room[keySize:])
		})
	})
}
