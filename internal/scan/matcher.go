package scan

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/bits"
)

// Matcher finds all needles in one pass. It is safe for concurrent use.
//
// A window slides over the text in strides. Every needle is long enough to hold
// a whole window at each of the offsets that a stride can skip, so one of its
// windows is seen wherever it lies. A bitmap answers "no needle has this window"
// for nearly all places; the rest is looked up and compared.
type Matcher struct {
	needles []needle
	short   sieve // needles of 5 to 10 bytes: windows of 4 bytes, strides of 2
	long    sieve // needles of 11 bytes and more: windows of 8 bytes, strides of 4
	reach   int   // bytes of the longest needle with its neighbours
}

const (
	shortWindow, shortStride = 4, 2
	longWindow, longStride   = 8, 4
	longNeedle               = longWindow + longStride - 1
)

// window is one place in a needle where its search can start.
type window struct {
	needle int32
	offset int32
}

type sieve struct {
	bitmap []uint64
	shift  uint
	table  map[uint64][]window
}

// Compile makes a matcher of the needles collected so far.
func (n *Needles) Compile() *Matcher {
	m := &Matcher{needles: bytesOwned(n.list)}
	short, long := 0, 0
	for _, nd := range m.needles {
		m.reach = max(m.reach, len(nd.bytes)+2)
		if len(nd.bytes) < longNeedle {
			short++
		} else {
			long++
		}
	}
	m.short, m.long = newSieve(short*shortStride), newSieve(long*longStride)
	for i := range m.needles {
		m.enter(int32(i))
	}
	return m
}

// Len returns the number of byte strings that are searched for.
func (m *Matcher) Len() int { return len(m.needles) }

func (m *Matcher) enter(i int32) {
	b := m.needles[i].bytes
	if len(b) < longNeedle {
		for o := range shortStride {
			m.short.put(uint64(binary.LittleEndian.Uint32(b[o:])), window{i, int32(o)})
		}
		return
	}
	for o := range longStride {
		m.long.put(binary.LittleEndian.Uint64(b[o:]), window{i, int32(o)})
	}
}

// Search calls found for every needle in text. Offsets count from base.
func (m *Matcher) Search(text []byte, base int64, found func(Match)) {
	m.search(text, func(nd *needle, start, _ int) { found(nd.match(base + int64(start))) })
}

// seen is called with a needle that stands at text[start:stop]; stop counts the
// byte of which only a half belongs to it.
type seen func(nd *needle, start, stop int)

func (m *Matcher) search(text []byte, found seen) {
	m.searchShort(text, found)
	m.searchLong(text, found)
}

func (m *Matcher) searchShort(text []byte, found seen) {
	s := &m.short
	if len(s.table) == 0 {
		return
	}
	for i := 0; i+shortWindow <= len(text); i += shortStride {
		w := uint64(binary.LittleEndian.Uint32(text[i:]))
		if s.has(w) {
			m.confirm(s.table[w], text, i, found)
		}
	}
}

func (m *Matcher) searchLong(text []byte, found seen) {
	s := &m.long
	if len(s.table) == 0 {
		return
	}
	for i := 0; i+longWindow <= len(text); i += longStride {
		w := binary.LittleEndian.Uint64(text[i:])
		if s.has(w) {
			m.confirm(s.table[w], text, i, found)
		}
	}
}

// confirm compares the needles that share the window at text[at:]. The windows
// of a needle lie in different strides, so each place is confirmed once.
func (m *Matcher) confirm(candidates []window, text []byte, at int, found seen) {
	for _, c := range candidates {
		nd, start := &m.needles[c.needle], at-int(c.offset)
		if start >= 0 && nd.standsAt(text, start) {
			found(nd, start, nd.stop(start))
		}
	}
}

// standsAt tells whether the needle is at text[start:], half bytes included.
func (nd *needle) standsAt(text []byte, start int) bool {
	end := start + len(nd.bytes)
	if end > len(text) || !bytes.Equal(text[start:end], nd.bytes) {
		return false
	}
	if nd.before >= 0 && (start == 0 || text[start-1]&0x0F != byte(nd.before)) {
		return false
	}
	return nd.after < 0 || end < len(text) && text[end]>>4 == byte(nd.after)
}

func (nd *needle) stop(start int) int {
	if nd.after >= 0 {
		start++
	}
	return start + len(nd.bytes)
}

func (nd *needle) match(offset int64) Match {
	return Match{ID: nd.id, Kind: nd.kind, Encoding: nd.encoding, Offset: offset}
}

// newSieve makes a bitmap with some sixteen bits for each window, at least one
// that fills half a first-level cache.
func newSieve(windows int) sieve {
	log := max(17, bits.Len(uint(windows))+4)
	return sieve{make([]uint64, 1<<(log-6)), uint(64 - log), make(map[uint64][]window, windows)}
}

func (s *sieve) hash(w uint64) uint64 { return w * 0x9E3779B97F4A7C15 >> s.shift }

func (s *sieve) has(w uint64) bool {
	h := s.hash(w)
	return s.bitmap[h>>6]>>(h&63)&1 != 0
}

func (s *sieve) put(w uint64, at window) {
	h := s.hash(w)
	s.bitmap[h>>6] |= 1 << (h & 63)
	s.table[w] = append(s.table[w], at)
}

// SearchReader searches a stream of any length in chunks that overlap, and
// returns the number of bytes read. Each place is reported once.
func (m *Matcher) SearchReader(r io.Reader, found func(Match)) (int64, error) {
	w := newSweep(m, found)
	defer w.wipe()
	for {
		n, err := io.ReadFull(r, w.room())
		w.advance(n)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return w.read, nil
		}
		if err != nil {
			return w.read, err
		}
	}
}

func bytesOwned(list []needle) []needle {
	own := make([]needle, len(list))
	for i, nd := range list {
		own[i] = nd
		own[i].bytes = bytes.Clone(nd.bytes)
	}
	return own
}
