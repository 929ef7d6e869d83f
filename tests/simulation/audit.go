package main

import (
	"database/sql"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// net is what the books have of one request, by RRN.
type net struct {
	issuer, ledger   int64
	debits, credits  int // of the issuer
	sales, reversals int // entries of the ledger
	state            string
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
	rows(db, `SELECT terminal, rrn, p.amount FROM entries e JOIN postings p ON p.entry = e.id WHERE account LIKE 'merchant:%'`, func(terminal, rrn string, amount int64) {
		n := at(terminal, rrn)
		n.ledger += amount
		total.ledger += amount
		if amount > 0 {
			n.sales++
		} else {
			n.reversals++
		}
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
	c.must(unbalanced == 0 && negative == 0, "I2", "entries that do not balance, or balances below zero")
	c.must(total.issuer == total.ledger, "I2", "cardholders paid %d, merchants got %d", total.issuer, total.ledger)
	for _, l := range w.lanes {
		l.check.audit(books[l.terminalID()])
	}
}

func (c *checker) audit(book map[uint64]*net) {
	byPayment := map[payment.ID]*net{}
	for _, id := range c.ids {
		byPayment[id] = &net{}
	}
	effective := map[payment.ID]int{}
	for rrn, n := range book {
		id, known := c.attempts[payment.RRN(rrn)]
		c.must(known || n.state == "", "I1", "the host booked RRN %d, which was never issued", rrn)
		c.must(n.issuer == n.ledger, "I1", "RRN %d: issuer %d, ledger %d", rrn, n.issuer, n.ledger)
		c.must(n.debits <= 1 && n.credits <= 1 && n.sales <= 1 && n.reversals <= 1, "I4", "RRN %d was booked or reversed twice", rrn)
		c.must(n.state != "approved" || n.ledger > 0, "I2", "RRN %d is approved and not booked", rrn)
		c.must(n.state == "approved" || n.ledger == 0, "I4", "RRN %d is %s and booked", rrn, n.state)
		if !known || byPayment[id] == nil {
			continue
		}
		byPayment[id].issuer += n.issuer
		byPayment[id].ledger += n.ledger
		byPayment[id].reversals += n.reversals
		if n.ledger != 0 {
			effective[id]++
		}
	}
	for _, id := range c.ids {
		c.payment(id, byPayment[id], effective[id])
	}
	c.tills(byPayment)
}

func (c *checker) payment(id payment.ID, n *net, effective int) {
	v := status(c.l.secure.core, id, c.l.secure.wall()).View
	want := int64(0)
	if v.Outcome == payment.OutcomeApproved && v.Money == payment.MoneyCaptured {
		want = int64(v.Approved)
	}
	c.must(effective <= 1, "I3", "a payment took money %d times", effective)
	c.must(n.issuer == want && n.ledger == want, "I1", "secure world says %v %d, issuer %d, ledger %d", v.Outcome, want, n.issuer, n.ledger)
	c.must(want == 0 || n.reversals == 0, "I4", "a completed payment was reversed")
	c.must(want == 0 || want == int64(c.opened[id].Amount), "I6", "another amount was taken")
	if r, there := c.l.terminal.table[id]; there {
		c.must(r.Payment.Outcome != nil && *r.Payment.Outcome == v.Outcome.String() && r.Payment.Money == v.Money.String(),
			"I1", "terminal and secure world disagree on a payment")
	}
}

// tills holds the last final word that each till heard against the books.
func (c *checker) tills(books map[payment.ID]*net) {
	for _, key := range c.l.till.keys {
		p, heard := c.l.till.told[key]
		if !heard || p.Outcome == nil {
			continue
		}
		got := int64(0)
		if n := books[p.ID]; n != nil {
			got = n.ledger
		}
		want := int64(0)
		if p.ApprovedAmount != nil {
			want = int64(*p.ApprovedAmount)
		}
		c.must(got == want, "I1", "the till was told %s of %d, the merchant got %d", *p.Outcome, want, got)
	}
	for id, r := range c.l.terminal.table {
		if _, opened := c.opened[id]; !opened {
			c.must(r.Payment.Outcome != nil && r.Payment.Money == payment.MoneyNone.String(), "I1", "money moved for a payment that never began")
		}
	}
}
