package main

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// deceived is a lane whose disk said that records were durable which the next power
// cut then took away: its journal is an older one of its own. Where the host has seen
// numbers that the journal never issued, the terminal must find out at its sign-on, and
// sell no more; nothing is booked twice. Where the host has not, nothing tells the two
// apart, and nothing is asked of it here.
// It does so through restarts, although its sign-ons, answered or not, use up numbers of
// those that are missing, and it sends no reversal of what may have been completed since.
//
// BUG(rollback): what a card approves offline before the first sign-on has numbers too,
// and where it is as many as are missing, the host finds nothing strange. A disk that
// was taken back as a whole is found out by its key serial numbers instead.
type deceived struct {
	until bool // the disk lies
	older bool // the cut was
	known bool // to the host
}

// lie begins with an fsync, and ends with a power cut soon.
func (d *disk) lie() {
	f := d.l.hit(faultLie)
	if f == nil || d.l.deceived.until {
		return
	}
	d.l.deceived.until = true
	d.l.w.after(time.Duration(1+f.Arg)*time.Second, func() {
		if d.l.deceived.until && d.l.secure.up {
			d.l.secure.end(cutLost)
		}
	})
}

// truth is what a power cut leaves of what the disk said. The till goes home.
func (d *disk) truth() {
	d.waiting = nil
	l := d.l
	l.deceived.until, l.deceived.older = false, true
	l.check.muted = true
	l.close()
	l.deceived.known = l.check.hostTop() > l.check.journalTop()
}

func (c *checker) hostTop() payment.RRN {
	db := c.l.w.acquirer.books()
	defer db.Close()
	return payment.RRN(one(db, "SELECT COALESCE(MAX(rrn), 0) FROM terminals WHERE terminal = '"+c.l.terminalID()+"'"))
}

// journalTop is the highest number of a payment in the journal as it lies on the disk.
func (c *checker) journalTop() (top payment.RRN) {
	for _, r := range records(c.l.secure.file.durable) {
		switch r := r.(type) {
		case transaction.Attempted:
			top = max(top, r.Terms.RRN)
		}
	}
	return top
}

// older is what must hold of it at rest.
func (c *checker) older() {
	s, d := c.l.secure, c.l.deceived
	if !d.known {
		return
	}
	c.muted = false
	defer func() { c.muted = true }()
	start := mailbox.Start{ID: payment.ID{1}, Type: payment.TypeSale, Amount: 100, Currency: payment.EUR, TimeoutSeconds: 60}
	c.must(s.core.State().Terminal == payment.TerminalStateNeedsAttention, "I8", "an older journal is taken for the present one: %v", s.core.State().Terminal)
	for _, e := range s.core.Step(transaction.Input{Now: s.wall(), Event: transaction.Start{Reply: 1, Start: start}}) {
		r, ok := e.(transaction.Reply)
		c.must(ok && r.Refused == mailbox.CodeTampered, "I8", "a payment begins with an older journal: %T", e)
	}
}
