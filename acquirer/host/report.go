package host

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/issuer"
	"github.com/strongroom-pos/strongroom/acquirer/internal/ledger"
)

// Ledger is how the books stand.
type Ledger struct {
	Balances     []ledger.Balance `json:"balances"`
	TrialBalance int64            `json:"trial_balance"`      // sum over all accounts: 0
	Unbalanced   int              `json:"unbalanced_entries"` // 0
	IssuerDebits int64            `json:"issuer_debits"`      // the issuer's own book
	Cards        []issuer.Account `json:"cards"`
}

// Ledger reads all books at one moment.
func (h *Host) Ledger(ctx context.Context) (l Ledger, err error) {
	err = h.db.Update(ctx, func(tx *sql.Tx) (err error) {
		if l.Balances, err = ledger.Balances(ctx, tx); err != nil {
			return err
		}
		if l.TrialBalance, l.Unbalanced, err = ledger.TrialBalance(ctx, tx); err != nil {
			return err
		}
		if l.IssuerDebits, err = issuer.TotalDebits(ctx, tx); err != nil {
			return err
		}
		l.Cards, err = issuer.Accounts(ctx, tx)
		return err
	})
	return l, err
}

// Payment is what one payment came to, from each book by itself.
type Payment struct {
	LedgerNet int64 `json:"ledger_net"` // what the merchant got
	IssuerNet int64 `json:"issuer_net"` // what the cardholder paid
}

// Account is all that the host knows of one payment.
type Account struct {
	Payment
	Assessment
	Scripts []issuer.ScriptReport `json:"scripts,omitempty"` // that went to its card
}

// Payment reads both books, and what else is known, for a terminal's DE 37.
func (h *Host) Payment(ctx context.Context, terminalID, rrn string) (p Account, err error) {
	terminal := pad(terminalID, 8)
	err = h.db.Update(ctx, func(tx *sql.Tx) (err error) {
		if p.LedgerNet, err = ledger.Net(ctx, tx, terminal, rrn); err != nil {
			return err
		}
		if p.IssuerNet, err = issuer.Net(ctx, tx, terminal, rrn); err != nil {
			return err
		}
		if p.Assessment, err = assessment(ctx, tx, terminal, rrn); err != nil {
			return err
		}
		p.Scripts, err = issuer.Scripts(ctx, tx, terminal, rrn)
		return err
	})
	return p, err
}

// Transaction is one line of the report.
type Transaction struct {
	TerminalID string `json:"terminal_id"`
	STAN       string `json:"stan"`
	Date       string `json:"date"` // MMDD
	RRN        string `json:"rrn"`
	Amount     int64  `json:"amount"`
	Currency   string `json:"currency"`
	Response   string `json:"response"`
	State      string `json:"state"` // approved, declined, reversed, refused
	Last4      string `json:"last4,omitempty"`
	At         string `json:"at"`
	Payment
	Assessment
}

// Transactions lists the latest payments, newest first, with both books' net.
func (h *Host) Transactions(ctx context.Context) (out []Transaction, err error) {
	err = h.db.Update(ctx, func(tx *sql.Tx) error {
		out, err = transactions(ctx, tx)
		return err
	})
	return out, err
}

func transactions(ctx context.Context, tx *sql.Tx) (out []Transaction, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT trim(p.terminal), p.stan, p.date, p.rrn, amount, p.currency, response, state, COALESCE(last4, ''), at,
		       (SELECT COALESCE(SUM(amount), 0) FROM postings JOIN entries ON entries.id = entry
		        WHERE entries.terminal = p.terminal AND entries.rrn = p.rrn AND account LIKE 'merchant:%'),
		       (SELECT COALESCE(-SUM(amount), 0) FROM movements m WHERE m.terminal = p.terminal AND m.rrn = p.rrn),
		       COALESCE(entry_mode, ''), COALESCE(fallback, 0), COALESCE(reason, '')
		FROM payments p LEFT JOIN cards ON reference = card
		LEFT JOIN assessments a ON a.terminal = p.terminal AND a.rrn = p.rrn AND a.stan = p.stan AND a.date = p.date
		ORDER BY id DESC LIMIT ?`, maxReport)
	if err != nil {
		return nil, fmt.Errorf("listing payments: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var t Transaction
		if err := rows.Scan(&t.TerminalID, &t.STAN, &t.Date, &t.RRN, &t.Amount, &t.Currency, &t.Response, &t.State,
			&t.Last4, &t.At, &t.LedgerNet, &t.IssuerNet, &t.EntryMode, &t.Fallback, &t.Reason); err != nil {
			return nil, fmt.Errorf("listing payments: %w", err)
		}
		out = append(out, t)
	}
	return out, rows.Err()
}

// Counters are the messages answered and refused since the start.
type Counters struct {
	Answered uint64            `json:"answered"`
	Refused  map[string]uint64 `json:"refused"`
	Declined map[string]uint64 `json:"declined"` // by reason, beyond what DE 39 tells
}

// Counters reads them.
func (h *Host) Counters() Counters {
	c := Counters{Answered: h.answered.Load(), Refused: make(map[string]uint64), Declined: h.declined.named()}
	for r := range h.refused {
		if n := h.refused[r].Load(); n > 0 {
			c.Refused[Refusal(r).String()] = n
		}
	}
	return c
}

// Ready reports whether the elements answer.
func (h *Host) Ready(ctx context.Context) bool { return h.hsm.Ready(ctx) }

// Falsify changes an answer and authenticates it anew, for the gateway's faults:
// a host that answers wrongly under a right MAC.
func (h *Host) Falsify(ctx context.Context, question, answer []byte, change func(*codec.Message)) ([]byte, error) {
	m, err := h.codec.Unpack(question)
	if err != nil {
		return nil, RefusalMalformed
	}
	q := &request{message: m}
	if err := q.readKSN(); err != nil {
		return nil, err
	}
	a, err := h.codec.Unpack(answer)
	if err != nil {
		return nil, RefusalMalformed
	}
	change(a)
	return h.seal(ctx, q, a)
}
