// Package fourbooks holds four books against each other, to the cent: what the issuer
// took from cardholders, what the acquirer's ledger owes the merchant, what the secure
// world has in its journal, and what the terminal has in its own. Beside them stands
// what the till was told.
//
// It compares and knows nothing of where the books come from, so that a test can show
// that a book with one wrong row is found. Tests import it.
package fourbooks

import (
	"cmp"
	"fmt"
	"slices"
)

// Row is one payment of a till's key, in minor units; net of what was taken back.
type Row struct {
	Key     string
	Amount  int64 // asked for
	Till    Entry // as it was told last
	App     Entry // the terminal's journal
	Secure  Entry // the secure world's journal
	Payment int   // payments that the secure world has under this amount: 1; 0 where it was never asked

	Acquirer, Issuer int64
}

// neverAsked is how the terminal ends what did not reach the secure world.
const neverAsked = "not_charged"

// Entry is what a book has that keeps outcomes.
type Entry struct {
	Outcome string // approved, declined, …; empty: not known
	Net     int64
}

// Totals are sums that a book keeps by itself.
type Totals struct {
	IssuerDebits, Merchant int64
	TrialBalance           int64
	Unbalanced             int
	Strangers              int // payments of the secure world that no key has
}

// Kind of a difference.
type Kind string

// Kinds.
const (
	Unknown Kind = "unknown" // an outcome that nobody knows
	Double  Kind = "double"  // more taken than was told
	Lost    Kind = "lost"    // less booked than was told, or nobody has heard of it
	Unequal Kind = "unequal" // told otherwise in two places
	Sums    Kind = "sums"    // a total that is not the sum of its rows
)

// Difference is one finding.
type Difference struct {
	Kind Kind
	Key  string
	Says string
}

func (d Difference) String() string { return fmt.Sprintf("%s: %s: %s", d.Kind, d.Key, d.Says) }

// Compare finds all differences, in the order of keys.
func Compare(rows []Row, t Totals) (all []Difference) {
	var issuer, acquirer int64
	for _, r := range rows {
		all = append(all, r.differences()...)
		issuer, acquirer = issuer+r.Issuer, acquirer+r.Acquirer
	}
	slices.SortStableFunc(all, func(a, b Difference) int { return cmp.Compare(a.Key, b.Key) })
	for _, s := range []struct {
		name      string
		has, want int64
	}{
		{"cardholders paid in all, by their payments", t.IssuerDebits, issuer},
		{"the merchant is owed in all, by the payments", t.Merchant, acquirer},
		{"trial balance", t.TrialBalance, 0},
		{"entries that do not balance", int64(t.Unbalanced), 0},
		{"payments that no key has", int64(t.Strangers), 0},
	} {
		if s.has != s.want {
			all = append(all, Difference{Sums, "-", fmt.Sprintf("%s: %d, and not %d", s.name, s.has, s.want)})
		}
	}
	return all
}

func (r Row) differences() (all []Difference) {
	find := func(k Kind, says string) { all = append(all, Difference{k, r.Key, says}) }
	told := r.Till.Net
	switch {
	case r.Till.Outcome == "" || r.App.Outcome == "":
		find(Unknown, "it has no outcome at the till or the terminal")
	case r.Payment == 0 && r.Till.Outcome == neverAsked:
	case r.Payment == 0:
		find(Lost, "the secure world has not heard of it")
	case r.Secure.Outcome == "":
		find(Unknown, "it has no outcome in the secure world")
	}
	if r.Payment > 1 {
		find(Double, fmt.Sprintf("the secure world has %d payments of it", r.Payment))
	}
	for _, b := range []struct {
		name string
		net  int64
	}{{"issuer", r.Issuer}, {"acquirer", r.Acquirer}, {"secure world", r.Secure.Net}, {"terminal", r.App.Net}} {
		switch {
		case b.net > told:
			find(Double, fmt.Sprintf("%s has %d, the till was told %d", b.name, b.net, told))
		case b.net < told:
			find(Lost, fmt.Sprintf("%s has %d, the till was told %d", b.name, b.net, told))
		}
	}
	if r.App.Outcome != r.Till.Outcome || r.Secure.Outcome != "" && r.Secure.Outcome != r.Till.Outcome {
		find(Unequal, fmt.Sprintf("till %q, terminal %q, secure world %q", r.Till.Outcome, r.App.Outcome, r.Secure.Outcome))
	}
	return all
}
