package main

import (
	"database/sql"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// net is what the books have of one request, by RRN.
type net struct {
	issuer, ledger   int64
	held, kept       int64 // issuer's holds, and the ledger's
	debits, credits  int   // of the issuer
	sales, reversals int   // entries of the ledger
	state            string
	cash             int64  // handed to cardholders, of the ledger
	script           string // what the issuer knows of its command to the card
}

// books are issuer and ledger as they lie in the database, by terminal and RRN.
func (a *acquirer) read() (books map[string]map[uint64]*net, total net, unbalanced int, wrong int) {
	db := a.books()
	defer db.Close()
	books = map[string]map[uint64]*net{}
	at := func(terminal, rrn string) *net {
		if books[terminal] == nil {
			books[terminal] = map[uint64]*net{}
		}
		n := number(rrn)
		if books[terminal][n] == nil {
			books[terminal][n] = &net{}
		}
		return books[terminal][n]
	}
	rows(db, `SELECT terminal, rrn, amount FROM movements`, func(terminal, rrn string, amount int64) {
		n := at(terminal, rrn)
		n.issuer -= amount
		total.issuer -= amount
		if amount < 0 {
			n.debits++
		} else {
			n.credits++
		}
	})
	rows(db, `SELECT terminal, rrn, SUM(p.amount) FROM entries e JOIN postings p ON p.entry = e.id WHERE account LIKE 'merchant:%' OR account LIKE 'cash:%' GROUP BY e.id`, func(terminal, rrn string, amount int64) {
		n := at(terminal, rrn)
		n.ledger += amount
		total.ledger += amount
		if amount > 0 {
			n.sales++
		} else {
			n.reversals++
		}
	})
	rows(db, `SELECT terminal, rrn, amount FROM holds`, func(terminal, rrn string, amount int64) { at(terminal, rrn).held += amount })
	rows(db, `SELECT terminal, rrn, p.amount FROM entries e JOIN postings p ON p.entry = e.id WHERE account LIKE 'held:MERCHANT%'`,
		func(terminal, rrn string, amount int64) { at(terminal, rrn).kept += amount })
	rows(db, `SELECT terminal, rrn, p.amount FROM entries e JOIN postings p ON p.entry = e.id WHERE account LIKE 'cash:%'`,
		func(terminal, rrn string, amount int64) { at(terminal, rrn).cash += amount })
	rows(db, `SELECT terminal, rrn, state = 'sent' FROM scripts WHERE rrn IS NOT NULL`, func(terminal, rrn string, open int64) {
		at(terminal, rrn).script = []string{"known", "open"}[open]
	})
	rows(db, `SELECT terminal, rrn, CASE state WHEN 'approved' THEN 1 WHEN 'reversed' THEN 2 ELSE 3 END FROM payments`, func(terminal, rrn string, state int64) {
		at(terminal, rrn).state = []string{"", "approved", "reversed", "other"}[state]
	})
	unbalanced = one(db, `SELECT COUNT(*) FROM (SELECT entry FROM postings GROUP BY entry HAVING SUM(amount) <> 0)`)
	wrong = one(db, `SELECT COUNT(*) FROM cards c WHERE balance < 0`)
	return books, total, unbalanced, wrong
}

func rows(db *sql.DB, query string, each func(a, b string, n int64)) {
	r, err := db.Query(query)
	if err != nil {
		panic(err)
	}
	defer r.Close()
	for r.Next() {
		var a, b string
		var n int64
		if err := r.Scan(&a, &b, &n); err != nil {
			panic(err)
		}
		each(a, b, n)
	}
	if r.Err() != nil {
		panic(r.Err())
	}
}

func one(db *sql.DB, query string) (n int) {
	if err := db.QueryRow(query).Scan(&n); err != nil {
		panic(err)
	}
	return n
}

// audit holds the four books against each other: issuer, acquirer, secure world and
// terminal, and the till's last word.
func (w *world) audit() {
	books, total, unbalanced, negative := w.acquirer.read()
	c := w.lanes[0].check
	for _, l := range w.lanes {
		l.check.muted = false // what the books alone say holds of every lane
	}
	c.must(unbalanced == 0 && negative == 0, "I2", "entries that do not balance, or balances below zero")
	c.must(total.issuer == total.ledger, "I2", "cardholders paid %d, merchants got %d", total.issuer, total.ledger)
	for _, l := range w.lanes {
		l.check.audit(books[l.terminalID()])
	}
}

// rootOf is the payment that one continues, or itself; its captures are refunded and
// voided under it. A capture by voice stands by itself: what it continues was declined.
func (c *checker) rootOf(id payment.ID) payment.ID {
	for range 4 {
		of := c.opened[id].Of
		if of.Zero() || c.opened[id].Approval != (payment.ApprovalCode{}) {
			break
		}
		id = of
	}
	return id
}

func (c *checker) audit(book map[uint64]*net) {
	roots := map[payment.ID]*net{}
	for _, id := range c.ids {
		roots[id] = &net{}
	}
	for rrn, n := range book {
		id, known := c.attempts[payment.RRN(rrn)]
		c.must(known || n.state == "", "I1", "the host booked RRN %d, which was never issued", rrn)
		c.must(n.issuer == n.ledger && n.held == n.kept, "I1", "RRN %d: issuer %d and %d held, ledger %d and %d held", rrn, n.issuer, n.held, n.ledger, n.kept)
		c.must(n.debits <= 1 && n.credits <= 1 && n.sales <= 1 && n.reversals <= 1, "I4", "RRN %d was booked or reversed twice", rrn)
		c.must(n.state != "reversed" || n.ledger == 0, "I4", "RRN %d is reversed and booked", rrn)
		c.must(n.state != "other" || n.ledger == 0, "I2", "RRN %d is refused and booked", rrn)
		c.must(n.script != "open" || !c.advices[payment.RRN(rrn)], "I13", "RRN %d: the issuer does not know what became of its command", rrn)
		if !known || roots[id] == nil {
			continue
		}
		r := roots[c.rootOf(id)]
		r.issuer += n.issuer
		r.ledger += n.ledger
		r.held += n.held
		r.cash += n.cash
		if own := roots[id]; own != r {
			own.sales += n.sales
			own.reversals += n.reversals
		} else {
			r.sales += n.sales
			r.reversals += n.reversals
		}
	}
	if c.l.deceived.older {
		return
	}
	c.byHand(book)
	for _, id := range c.ids {
		c.payment(id, roots)
	}
	c.tills()
}

func (c *checker) payment(id payment.ID, roots map[payment.ID]*net) {
	v := status(c.l.secure.core, id, c.l.secure.wall()).View
	gone := c.l.secure.tampered.gone
	if r, there := c.l.terminal.table[id]; there && gone {
		c.must(r.Payment.Outcome == nil || *r.Payment.Outcome == v.Outcome.String(), "I1", "the terminal tells another end than the journal of a device that was tampered with")
	} else if there {
		c.must(r.Payment.Outcome != nil && *r.Payment.Outcome == v.Outcome.String() && r.Payment.Money == v.Money.String(),
			"I1", "terminal and secure world disagree on a payment: %s, %v %v", r.Payment.Money, v.Outcome, v.Money)
	}
	if c.rootOf(id) != id || c.people(id) {
		return
	}
	n := roots[id]
	want := int64(v.Captured - v.Refunded)
	c.must(n.issuer == want && n.ledger == want, "I1", "%v: secure world says %v %v %d, issuer %d, ledger %d", v.Type, v.Outcome, v.Money, want, n.issuer, n.ledger)
	c.must(n.held == int64(v.Held), "I1", "%v: %d held, the issuer holds %d", v.Type, v.Held, n.held)
	if v.Refunded == 0 {
		c.must(n.cash == int64(payment.Amount(min(1, v.Captured))*c.opened[id].Cashback), "I6", "%d of cash is booked", n.cash)
	}
	c.must(v.Captured >= v.Refunded || v.Type == payment.TypeRefund, "I3", "more was given back than was taken")
	c.must(n.sales <= int(v.Attempt), "I3", "a payment took money %d times", n.sales)
	c.must(v.Money == payment.MoneyReleased || v.Captured == 0 || n.reversals == 0 || v.Type != payment.TypeSale || v.Refunded > 0, "I4", "a completed payment was reversed")
	c.must(v.Type != payment.TypeSale || v.Captured == 0 || v.Captured == c.opened[id].Amount || c.opened[id].Partial, "I6", "another amount was taken")
}

// tills holds what the tills' own terminal tells in the end against the books: the
// terminal's word is compared with them above.
func (c *checker) tills() {
	for _, key := range c.l.till.keys {
		p, heard := c.l.till.told[key]
		if !heard || p.Outcome == nil {
			continue
		}
		r := c.l.terminal.table[p.ID]
		c.must(r.Payment.Outcome != nil && *r.Payment.Outcome == *p.Outcome && (r.Payment.Money == p.Money || c.continued(p.ID)),
			"I1", "the till was told %s %s, and the terminal says %s", *p.Outcome, p.Money, r.Payment.Money)
	}
	for id, r := range c.l.terminal.table {
		if _, opened := c.opened[id]; !opened {
			c.must(c.l.secure.tampered.gone || r.Payment.Outcome != nil && r.Payment.Money == payment.MoneyNone.String(), "I1", "money moved for a payment that never began")
		}
	}
}
