package main

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// checker watches one lane from outside: the bytes on its disk, the messages on its
// line, what its displays show and what its app world is told. It asks no data
// structure of the product what is true.
type checker struct {
	l      *lane
	parsed int // bytes of the journal

	opened    map[payment.ID]mailbox.Start
	ids       []payment.ID
	attempts  map[payment.RRN]payment.ID
	orders    map[[16]byte]payment.ID
	intents   map[payment.RRN]bool
	done      map[payment.ID]transaction.Done
	destroyed map[[8]byte]bool     // host keys
	advices   map[payment.RRN]bool // of issuers' commands: whether the host was told

	ksns     map[[ksnSize]byte][32]byte
	asked    map[string]bool // RRNs of requests and network messages
	tcs      map[payment.Cryptogram]bool
	blocks   map[[16]byte]bool // PIN blocks: whether the PIN was right
	final    map[payment.ID]mailbox.View
	terminal map[payment.ID]sale.Payment
	till     map[string]sale.Payment
	alone    map[payment.ID]bool // approved while the host was away
	bad      map[[32]byte]bool   // messages with a false MAC
	needles  [][]byte
	muted    bool // what it knows is of a journal that is gone
}

func newChecker(l *lane) *checker {
	c := &checker{l: l, opened: map[payment.ID]mailbox.Start{}, orders: map[[16]byte]payment.ID{}, attempts: map[payment.RRN]payment.ID{},
		intents: map[payment.RRN]bool{}, done: map[payment.ID]transaction.Done{}, ksns: map[[ksnSize]byte][32]byte{},
		asked: map[string]bool{}, tcs: map[payment.Cryptogram]bool{}, blocks: map[[16]byte]bool{},
		final: map[payment.ID]mailbox.View{}, terminal: map[payment.ID]sale.Payment{}, bad: map[[32]byte]bool{}, advices: map[payment.RRN]bool{}, destroyed: map[[8]byte]bool{}, alone: map[payment.ID]bool{}, till: map[string]sale.Payment{}}
	for k := range cardKinds {
		pan := l.w.rules.profiles[l.n][k].PAN
		packed, _ := hex.DecodeString(pan)
		c.needles = append(c.needles, []byte(pan), packed)
	}
	return c
}

// violation notes that an invariant did not hold.
func (c *checker) violation(invariant, format string, args ...any) {
	if c.muted {
		return
	}
	text := fmt.Sprintf(format, args...)
	c.l.w.tracef(c.l, "VIOLATION %s: %s", invariant, text)
	c.l.w.failures = append(c.l.w.failures, violation{invariant, fmt.Sprintf("lane %d life %d: %s", c.l.n, c.l.at, text)})
}

// must counts a check.
func (c *checker) must(ok bool, invariant, format string, args ...any) {
	c.l.w.count.checks++
	if !ok {
		c.violation(invariant, format, args...)
	}
}

// durable reads what has become durable of the journal.
func (c *checker) durable(all []byte, _ int) {
	if c.l.deceived.older {
		return
	}
	rest := all[c.parsed:]
	for _, r := range records(rest) {
		c.record(r)
	}
	c.parsed += whole(rest)
}

// Sizes around a record of the journal.
const (
	recordHead = 20
	recordTail = 16
)

// next is the first record of a part of the journal, and its size; 0 where it is not
// whole.
func next(b []byte) (transaction.Record, int) {
	if len(b) < recordHead {
		return nil, 0
	}
	n := int(binary.BigEndian.Uint32(b))
	if len(b) < recordHead+n+recordTail {
		return nil, 0
	}
	r, err := transaction.DecodeRecord(b[recordHead : recordHead+n])
	if err != nil {
		return nil, 0
	}
	return r, recordHead + n + recordTail
}

// records are the whole ones of a part of the journal.
func records(b []byte) (all []transaction.Record) {
	for r, n := next(b); n > 0; r, n = next(b) {
		all, b = append(all, r), b[n:]
	}
	return all
}

// whole is the size of the whole records of a part of the journal.
func whole(b []byte) (size int) {
	for _, n := next(b); n > 0; _, n = next(b[size:]) {
		size += n
	}
	return size
}

func (c *checker) record(r transaction.Record) {
	switch r := r.(type) {
	case transaction.Opened:
		c.must(c.opened[r.ID] == mailbox.Start{}, "I3", "a payment was opened twice")
		c.opened[r.ID] = r.Start
		c.ids = append(c.ids, r.ID)
	case transaction.Attempted:
		_, twice := c.attempts[r.Terms.RRN]
		if c.opened[r.ID].Type != payment.TypeVoid { // which has the numbers of what it takes back
			c.must(!twice, "I8", "RRN %d was issued twice", r.Terms.RRN)
			c.attempts[r.Terms.RRN] = r.ID
		}
		c.orders[r.Order] = r.ID
	case transaction.Intent:
		c.intents[r.Receipt.RRN] = true
	case transaction.Destroyed:
		c.must(!c.destroyed[r.ID], "I9", "a key ended twice")
		c.destroyed[r.ID] = true
	case transaction.Advising:
		c.advices[r.Terms.RRN] = false
	case transaction.Advised:
		c.advices[r.RRN] = true
	case transaction.Done:
		before, twice := c.done[r.ID]
		c.must(!twice || before == r, "I10", "a payment ended twice, in two ways")
		c.done[r.ID] = r
	}
}
