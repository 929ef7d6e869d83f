package scale

import (
	"fmt"
	"strings"

	"github.com/strongroom-pos/strongroom/acquirer/host"
)

// Check holds both books, as a node reports them, against what every terminal knows. It
// returns what does not fit, nothing where all does.
func (l *Load) Check(n *Node) (findings []string) {
	l.site.Helper()
	find := func(format string, args ...any) { findings = append(findings, fmt.Sprintf(format, args...)) }
	expected, sum := map[string]int64{}, int64(0)
	for _, c := range l.Clients {
		for _, p := range c.problems {
			find("%s: %s", c.terminal.ID, p)
		}
		for rrn, net := range c.Known {
			expected[c.terminal.ID+" "+rrn] = net
			sum += net
		}
	}
	for _, t := range transactions(n) {
		key := t.TerminalID + " " + t.RRN
		want, known := expected[key]
		switch {
		case !known:
			find("%s is in the books, and no terminal knows of it", key)
		case want != 0 && t.LedgerNet == 2*want && t.IssuerNet == 2*want:
			find("%s was booked twice", key)
		case t.LedgerNet != want || t.IssuerNet != want:
			find("%s came to %d, the ledger has %d, the issuer %d", key, want, t.LedgerNet, t.IssuerNet)
		}
		if t.State == "approved" || want == 0 {
			delete(expected, key)
		}
	}
	for key, want := range expected {
		if want != 0 {
			find("%s came to %d, and does not stand in the books", key, want)
		}
	}
	return append(findings, l.checkSums(n, sum)...)
}

// checkSums holds the books' own sums against each other and the terminals'.
func (l *Load) checkSums(n *Node, sum int64) (findings []string) {
	find := func(format string, args ...any) { findings = append(findings, fmt.Sprintf(format, args...)) }
	var books host.Ledger
	n.Get("/ledger", &books)
	if books.TrialBalance != 0 || books.Unbalanced != 0 || len(books.Broken) > 0 {
		find("the books do not hold: sum %d, %d entries, %s", books.TrialBalance, books.Unbalanced, strings.Join(books.Broken, ", "))
	}
	if books.LedgerHeld != 0 || books.IssuerHeld != 0 {
		find("%d and %d are held, and every terminal is done", books.LedgerHeld, books.IssuerHeld)
	}
	merchants, left := int64(0), int64(0)
	for _, b := range books.Balances {
		if strings.HasPrefix(b.Account, "merchant:") {
			merchants += b.Amount
		}
	}
	for _, c := range books.Cards {
		left += balance - c.Balance
	}
	if merchants != sum || books.IssuerDebits != sum || left != sum {
		find("terminals know of %d, merchants got %d, the issuer's book has %d, the cards paid %d", sum, merchants, books.IssuerDebits, left)
	}
	return findings
}

// transactions are all that a node reports.
func transactions(n *Node) (all []host.Transaction) {
	before := int64(0)
	for {
		var page []host.Transaction
		n.Get(fmt.Sprintf("/transactions?before=%d", before), &page)
		if len(page) == 0 {
			return all
		}
		all, before = append(all, page...), page[len(page)-1].Number
	}
}
