package contactless

import (
	"bytes"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/sensitive"
)

// Limits of a torn log, of the project: few cards leave and come back, and what
// is kept for them is account data.
const (
	MaxTornDepth    = 5
	MaxTornLifetime = 7200 // seconds
)

// ErrTornLog reports a depth or lifetime out of range.
var ErrTornLog = errors.New("contactless: torn log out of range")

// A TornLog keeps what kernel 2 needs to recover a transaction that a card left
// (Book C-2): at most its depth, and none older than its lifetime. It holds
// account data and is wiped with Wipe. It serves one goroutine. A nil log keeps
// nothing.
type TornLog struct {
	depth    int
	lifetime int64
	entries  []torn // newest first
}

// torn is an entry as the log holds it.
type torn struct {
	pan, elements sensitive.Bytes
	psn           byte
	hasPSN        bool
	seconds       int64
}

// A TornCard names a card by 5A, packed, and 5F34. A card without 5F34 is
// another one than a card whose 5F34 is zero.
type TornCard struct {
	PAN    []byte
	PSN    byte
	HasPSN bool
}

// A TornEntry is one torn transaction. The kernel owns the meaning of Elements.
type TornEntry struct {
	Card     TornCard
	Seconds  int64  // of its order, on any scale that the kernel keeps to
	Elements []byte // in canonical TLV; the caller's
}

// NewTornLog makes a log of 1 to 5 entries that live 1 to 7200 seconds.
func NewTornLog(depth int, lifetime uint16) (*TornLog, error) {
	if depth < 1 || depth > MaxTornDepth || lifetime < 1 || lifetime > MaxTornLifetime {
		return nil, ErrTornLog
	}
	return &TornLog{depth: depth, lifetime: int64(lifetime)}, nil
}

// Expire wipes what is older than the lifetime at that second, and what lies in
// its future: a clock that went back proves nothing about an age.
func (l *TornLog) Expire(now int64) {
	l.drop(func(e torn) bool { return e.seconds > now || now-e.seconds > l.lifetime })
}

// Find returns the entry of a card. Its Elements are a copy, for the caller to
// clear.
func (l *TornLog) Find(c TornCard) (TornEntry, bool) {
	if l == nil {
		return TornEntry{}, false
	}
	for _, e := range l.entries {
		if e.of(c) {
			out := TornEntry{Card: c, Seconds: e.seconds}
			e.elements.Use(func(b []byte) { out.Elements = bytes.Clone(b) })
			return out, true
		}
	}
	return TornEntry{}, false
}

// Remove wipes the entry of a card.
func (l *TornLog) Remove(c TornCard) { l.drop(func(e torn) bool { return e.of(c) }) }

// Put copies an entry into the log in place of the same card's older one. The
// oldest gives way where the log is full.
func (l *TornLog) Put(e TornEntry) {
	if l == nil {
		return
	}
	l.Remove(e.Card)
	for len(l.entries) >= l.depth {
		last := len(l.entries) - 1
		l.entries[last].wipe()
		l.entries = l.entries[:last]
	}
	kept := torn{pan: sensitive.New(bytes.Clone(e.Card.PAN)), elements: sensitive.New(bytes.Clone(e.Elements)),
		psn: e.Card.PSN, hasPSN: e.Card.HasPSN, seconds: e.Seconds}
	l.entries = append([]torn{kept}, l.entries...)
}

// Len is the number of entries.
func (l *TornLog) Len() int {
	if l == nil {
		return 0
	}
	return len(l.entries)
}

// Wipe clears every entry.
func (l *TornLog) Wipe() { l.drop(func(torn) bool { return true }) }

func (l *TornLog) drop(gone func(torn) bool) {
	if l == nil {
		return
	}
	kept := make([]torn, 0, len(l.entries))
	for _, e := range l.entries {
		if gone(e) {
			e.wipe()
			continue
		}
		kept = append(kept, e)
	}
	l.entries = kept
}

func (e torn) of(c TornCard) (same bool) {
	e.pan.Use(func(pan []byte) { same = bytes.Equal(pan, c.PAN) && e.hasPSN == c.HasPSN && e.psn == c.PSN })
	return same
}

func (e torn) wipe() {
	e.pan.Wipe()
	e.elements.Wipe()
}
