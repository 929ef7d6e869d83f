package main

import (
	"bytes"
	"context"
	"slices"

	"github.com/strongroom-pos/strongroom/acquirer/host"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// tamperRuns is a tamper that the running kernel answers, behind the step under way. In
// the other forms, which are those of a crash, the power goes with it, and the next
// start finds what the journal holds.
const tamperRuns = cutForms

// tampered is what is left of a device that was tampered with.
type tampered struct {
	soon bool // the end under way is one
	gone bool
	left []transaction.Prepared // written down for people
	done []host.Settled         // by them
}

// tamper is a place where the device is opened.
func (s *secure) tamper() {
	f := s.l.hit(faultTamper)
	if f == nil {
		return
	}
	if f.Arg >= tamperRuns {
		s.l.w.after(0, s.tamperedWith)
		return
	}
	s.tampered.soon, s.l.cutForm = true, f.Arg
	s.l.dirty = s.l.dirty || len(s.file.waiting) > 0 || s.keys.written != s.keys.durable
	panic(crash{&s.process})
}

// tamperedWith holds what the running core would write down against what its journal
// gives.
func (s *secure) tamperedWith() {
	if s.tampered.gone {
		return
	}
	s.tampered.soon = true
	if !s.up || s.core == nil {
		s.zeroise()
		return
	}
	running := s.core.State().Prepared
	s.end(cutLost)
	same := func(a, b transaction.Prepared) bool { return a.RRN == b.RRN && a.ID == b.ID }
	s.l.check.must(slices.EqualFunc(running, s.tampered.left, same), "I9", "the core would leave %d messages, and its journal %d", len(running), len(s.tampered.left))
}

// zeroise writes down what was not sent, and erases the keys: the kernel's zeroise and
// exportStored. Nothing starts here any more, and the till goes home.
func (s *secure) zeroise() {
	s.tampered.gone = true
	s.epoch++ // no start that was under way
	core := s.l.check.again(s)
	if core == nil {
		return
	}
	core.Recover(s.wall())
	s.core, s.tampered.left = core, core.State().Prepared
	if s.l.w.planted(bugExportForgets) && len(s.tampered.left) > 0 {
		s.tampered.left = s.tampered.left[1:]
	}
	s.l.w.tracef(s.l, "tampered with: %d messages are left", len(s.tampered.left))
	s.l.close()
	if s.l.w.planted(bugKeysLeft) {
		s.restart()
		return
	}
	s.keys.wipe()
}

// wipe leaves the numbers of the keys and nothing of them.
func (k *keystore) wipe() {
	k.devices = slices.Clone(k.devices)
	for i := range k.devices {
		k.devices[i].initial = [32]byte{}
	}
}

// brought is what people do with what is left: they bring it to the acquirer, twice.
func (c *checker) brought() {
	t := &c.l.secure.tampered
	for _, p := range t.left {
		c.scan("I17", "what is left for people", p.Message)
		first := c.l.w.acquirer.host.SettleByHand(context.Background(), bytes.Clone(p.Message))
		again := c.l.w.acquirer.host.SettleByHand(context.Background(), bytes.Clone(p.Message))
		c.l.w.tracef(c.l, "by hand: %+v", first)
		built := first.Kind == "void" && first.Response == hostspec.ResponseLimit // more was built on it
		c.must(first.Refused == "" && (first.Settled || built), "I13", "%v by hand: %+v", p.ID, first)
		c.must(first.Settled == again.Settled && first.Booked == again.Booked, "I4", "by hand again: %+v, then %+v", first, again)
		t.done = append(t.done, first)
	}
}

// byHand holds the books against what people were told.
func (c *checker) byHand(book map[uint64]*net) {
	t := &c.l.secure.tampered
	for i, p := range t.left {
		n, s := book[uint64(p.RRN)], t.done[i]
		if n == nil {
			n = &net{}
		}
		switch {
		case s.Kind == "capture" || s.Kind == "offline":
			c.must(s.Booked == (n.ledger == int64(p.Amount)) && (s.Booked || n.ledger == 0), "I1", "by hand %+v, and the ledger has %d", s, n.ledger)
		case s.Settled:
			n, part := c.withParts(p, book)
			c.must(n.ledger == 0 && (n.held == 0 || part && n.held < 0), "I4", "by hand %+v, and the ledger has %d, %d held", s, n.ledger, n.held)
		}
	}
}

// withParts is what the books have of a payment that was taken back, with what went with
// it: a capture releases under its own RRN what the payment before it holds under another.
// If it is such a part itself, what it released beyond its amount stays released.
func (c *checker) withParts(p transaction.Prepared, book map[uint64]*net) (sum *net, part bool) {
	id := c.attempts[p.RRN]
	sum = &net{}
	for rrn, n := range book {
		if other := c.attempts[payment.RRN(rrn)]; other == id || c.rootOf(other) == id {
			sum.ledger += n.ledger
			sum.held += n.held
		}
	}
	return sum, c.rootOf(id) != id
}

// people reports whether a payment, or what continues it, was left to people.
func (c *checker) people(root payment.ID) bool {
	return slices.ContainsFunc(c.l.secure.tampered.left, func(p transaction.Prepared) bool { return c.rootOf(p.ID) == root || p.ID == root })
}
