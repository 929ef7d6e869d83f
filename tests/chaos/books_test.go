//go:build linux

package chaos

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/tests/internal/fourbooks"
)

// secureBook is what the secure world's journal says, read from its file by other
// means than the kernel's: that its chain is whole the kernel proves at each start.
type secureBook struct {
	payments map[string]*securePayment // by id
	byAmount map[int64][]*securePayment
}

type securePayment struct {
	id       string
	amount   int64
	refund   bool
	approved int64
	outcome  string
	rrns     []string // of all requests that may have left
}

// Layout of an entry: length, number, head tag, record, tag (secureworld/kernel/journal).
const (
	entryHead = 4 + 8 + 8
	entryTag  = 16
)

var errJournal = errors.New("the secure world's journal is not one")

func readSecureBook(path string) (*secureBook, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseSecureBook(b)
}

func parseSecureBook(b []byte) (*secureBook, error) {
	s := &secureBook{payments: map[string]*securePayment{}, byAmount: map[int64][]*securePayment{}}
	for number := uint64(1); len(b) > 0; number++ {
		if len(b) < entryHead || binary.BigEndian.Uint64(b[4:]) != number {
			return nil, errJournal
		}
		n := int(binary.BigEndian.Uint32(b))
		if len(b) < entryHead+n+entryTag {
			return nil, errJournal
		}
		r, err := transaction.DecodeRecord(b[entryHead : entryHead+n])
		if err != nil {
			return nil, err
		}
		s.take(r)
		b = b[entryHead+n+entryTag:]
	}
	return s, nil
}

func (s *secureBook) take(r transaction.Record) {
	switch r := r.(type) {
	case transaction.Opened:
		p := &securePayment{id: r.ID.String(), amount: int64(r.Amount), refund: r.Type == payment.TypeRefund}
		s.payments[p.id] = p
		s.byAmount[p.amount] = append(s.byAmount[p.amount], p)
	case transaction.Intent:
		s.with(r.ID, func(p *securePayment) { p.rrns = append(p.rrns, fmt.Sprint(r.Receipt.RRN)) })
	case transaction.Told:
		s.with(r.ID, func(p *securePayment) { p.approved = int64(r.Amount) })
	case transaction.Done:
		s.with(r.ID, func(p *securePayment) { p.outcome = r.Outcome.String() })
	}
}

func (s *secureBook) with(id payment.ID, do func(*securePayment)) {
	if p := s.payments[id.String()]; p != nil {
		do(p)
	}
}

func (p *securePayment) entry() fourbooks.Entry {
	e := fourbooks.Entry{Outcome: p.outcome}
	if p.outcome == "approved" {
		e.Net = p.approved
	}
	if p.refund {
		e.Net = -e.Net
	}
	return e
}

// books reads all of a lane that has come to rest.
func (l *lane) books(ctx context.Context, sales []*sale) (rows []fourbooks.Row, t fourbooks.Totals, err error) {
	secure, err := readSecureBook(filepath.Join(l.Run, "secureworld", "storage", "journal"))
	if err != nil {
		return nil, t, err
	}
	known := 0
	for _, s := range sales {
		r, err := l.row(ctx, s, secure)
		if err != nil {
			return nil, t, err
		}
		known += r.Payment
		rows = append(rows, r)
	}
	ledger, err := l.Desk.Ledger(ctx)
	if err != nil {
		return nil, t, err
	}
	t = fourbooks.Totals{IssuerDebits: ledger.IssuerDebits, TrialBalance: ledger.TrialBalance, Unbalanced: ledger.Unbalanced,
		Strangers: len(secure.payments) - known}
	for _, b := range ledger.Balances {
		if strings.HasPrefix(b.Account, "merchant:") {
			t.Merchant += b.Amount
		}
	}
	return rows, t, nil
}

func (l *lane) row(ctx context.Context, s *sale, secure *secureBook) (r fourbooks.Row, err error) {
	app, err := s.ask(ctx, l.Till)
	if err != nil {
		return r, fmt.Errorf("asking for %s at the end: %w", s.name, err)
	}
	r = fourbooks.Row{Key: s.name, Amount: s.amount, Till: fourbooks.Entry{Outcome: s.told.Outcome, Net: s.told.net()},
		App: fourbooks.Entry{Outcome: app.Outcome, Net: app.net()}}
	for _, p := range secure.byAmount[s.amount] {
		r.Payment++
		if p.id == app.ID {
			r.Secure = p.entry()
		}
		for _, rrn := range p.rrns {
			n, err := l.Desk.Payment(ctx, l.Record.TerminalID, rrn)
			if err != nil {
				return r, err
			}
			r.Acquirer, r.Issuer = r.Acquirer+n.LedgerNet, r.Issuer+n.IssuerNet
		}
	}
	return r, nil
}
