// Package objects holds the data objects of one application at the card and the
// rules that all kernels read them by: a store that wipes, templates, packed
// dates and numbers, and the agreement of account data (EMV 4.4 Book 3, Annexes
// A and B).
//
// The kernels under reader/emv import it. What it stores are account data among
// others: they lie in one buffer that never moves and that Wipe clears.
package objects

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// A Store keeps data objects in one buffer that is allocated once and never
// grows, so that Wipe reaches every copy there is. Values that are replaced
// or deleted stay in the buffer until then, out of reach.
type Store struct {
	buf   []byte
	index []slot
}

type slot struct {
	tag      tlv.Tag
	from, to int
}

// NewStore makes a store with room for this many bytes of values.
func NewStore(bytes int) Store {
	return Store{buf: make([]byte, 0, bytes), index: make([]slot, 0, maxElements)}
}

// Get returns the value, which the store still owns.
func (s *Store) Get(tag tlv.Tag) ([]byte, bool) {
	for _, e := range s.index {
		if e.tag == tag {
			return s.buf[e.from:e.to:e.to], true
		}
	}
	return nil, false
}

// Value is Get without the second result: nil where the tag is absent.
func (s *Store) Value(tag tlv.Tag) []byte {
	v, _ := s.Get(tag)
	return v
}

// Has reports whether the tag is there.
func (s *Store) Has(tag tlv.Tag) bool {
	_, ok := s.Get(tag)
	return ok
}

// Add stores a value under a tag that is not there yet. False means that the
// tag is there or the store is full.
func (s *Store) Add(tag tlv.Tag, value []byte) bool {
	if s.Has(tag) || len(s.index) == cap(s.index) || len(value) > cap(s.buf)-len(s.buf) {
		return false
	}
	from := len(s.buf)
	s.buf = append(s.buf, value...)
	s.index = append(s.index, slot{tag, from, len(s.buf)})
	return true
}

// Set stores a value in place of what was there. False means full.
func (s *Store) Set(tag tlv.Tag, value []byte) bool {
	if old, ok := s.Get(tag); ok && len(old) == len(value) {
		copy(old, value)
		return true
	}
	s.Drop(tag)
	return s.Add(tag, value)
}

// Drop forgets a tag and clears its bytes.
func (s *Store) Drop(tag tlv.Tag) {
	for i, e := range s.index {
		if e.tag == tag {
			clear(s.buf[e.from:e.to])
			s.index = append(s.index[:i], s.index[i+1:]...)
			return
		}
	}
}

// Wipe clears everything that was ever stored.
func (s *Store) Wipe() {
	clear(s.buf[:cap(s.buf)])
	s.buf, s.index = s.buf[:0], s.index[:0]
}

// Count is the number of data objects. Together with Before it tells what came
// first.
func (s *Store) Count() int { return len(s.index) }

// Before reports whether tag is among the first n data objects.
func (s *Store) Before(tag tlv.Tag, n int) bool {
	for _, e := range s.index[:min(n, len(s.index))] {
		if e.tag == tag {
			return true
		}
	}
	return false
}
