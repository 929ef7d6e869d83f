package emv

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// A store keeps data objects in one buffer that is allocated once and never
// grows, so that wipe reaches every copy there is. Values that are replaced
// or deleted stay in the buffer until then, out of reach.
type store struct {
	buf   []byte
	index []slot
}

type slot struct {
	tag      tlv.Tag
	from, to int
}

func newStore(bytes int) store {
	return store{buf: make([]byte, 0, bytes), index: make([]slot, 0, storeElements)}
}

// get returns the value, which the store still owns.
func (s *store) get(tag tlv.Tag) ([]byte, bool) {
	for _, e := range s.index {
		if e.tag == tag {
			return s.buf[e.from:e.to:e.to], true
		}
	}
	return nil, false
}

// value is get without the second result: nil where the tag is absent.
func (s *store) value(tag tlv.Tag) []byte {
	v, _ := s.get(tag)
	return v
}

func (s *store) has(tag tlv.Tag) bool {
	_, ok := s.get(tag)
	return ok
}

// add stores a value under a tag that is not there yet. False means that the
// tag is there or the store is full.
func (s *store) add(tag tlv.Tag, value []byte) bool {
	if s.has(tag) || len(s.index) == cap(s.index) || len(value) > cap(s.buf)-len(s.buf) {
		return false
	}
	from := len(s.buf)
	s.buf = append(s.buf, value...)
	s.index = append(s.index, slot{tag, from, len(s.buf)})
	return true
}

// set stores a value in place of what was there. False means full.
func (s *store) set(tag tlv.Tag, value []byte) bool {
	if old, ok := s.get(tag); ok && len(old) == len(value) {
		copy(old, value)
		return true
	}
	s.drop(tag)
	return s.add(tag, value)
}

// drop forgets a tag and clears its bytes.
func (s *store) drop(tag tlv.Tag) {
	for i, e := range s.index {
		if e.tag == tag {
			clear(s.buf[e.from:e.to])
			s.index = append(s.index[:i], s.index[i+1:]...)
			return
		}
	}
}

// wipe clears everything that was ever stored.
func (s *store) wipe() {
	clear(s.buf[:cap(s.buf)])
	s.buf, s.index = s.buf[:0], s.index[:0]
}
