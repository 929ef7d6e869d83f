package custody

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

func errShort() error {
	return fmt.Errorf("custody: a passphrase has %d characters or more", MinPassphrase)
}

// Room is a page that is never swapped out nor dumped, with combined keys.
type Room struct {
	page []byte
	keys map[string][]byte
}

// Combine makes the keys of two components of different custodians, and wipes the
// components.
func Combine(one, other *Component) (*Room, error) {
	defer one.Wipe()
	defer other.Wipe()
	switch {
	case one.Part == other.Part || one.Holder == other.Holder || one.Custodian == other.Custodian:
		return nil, ErrSame
	case !slices.Equal(one.Names, other.Names):
		return nil, ErrKeys
	}
	r, err := newRoom(len(one.secret))
	if err != nil {
		return nil, err
	}
	subtle.XORBytes(r.page, one.secret, other.secret)
	for i, name := range one.Names {
		key := r.page[i*KeySize : (i+1)*KeySize : (i+1)*KeySize]
		if bytes.Equal(key, make([]byte, KeySize)) || r.keys[name] != nil {
			r.Close()
			return nil, ErrWeak
		}
		r.keys[name] = key
	}
	return r, nil
}

func newRoom(size int) (*Room, error) {
	page, err := unix.Mmap(-1, 0, max(size, os.Getpagesize()), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return nil, fmt.Errorf("custody: memory for the keys: %w", err)
	}
	if err := errors.Join(unix.Mlock(page), unix.Madvise(page, unix.MADV_DONTDUMP)); err != nil {
		return nil, errors.Join(fmt.Errorf("custody: locking memory for the keys: %w", err), unix.Munmap(page))
	}
	return &Room{page, map[string][]byte{}}, nil
}

// Key is a combined key, nil if there is none of this name. It is the room's, and
// gone when that is closed.
func (r *Room) Key(name string) []byte { return r.keys[name] }

// Checks are the keys' check values, for people to compare and to keep.
func (r *Room) Checks() (out []Key, err error) {
	for name, k := range r.keys {
		check, err := CheckValue(k)
		if err != nil {
			return nil, err
		}
		out = append(out, Key{name, check})
	}
	slices.SortFunc(out, func(a, b Key) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	return out, nil
}

// Close wipes the keys.
func (r *Room) Close() {
	if r.page == nil {
		return
	}
	clear(r.page)
	_ = unix.Munmap(r.page)
	r.page, r.keys = nil, nil
}
