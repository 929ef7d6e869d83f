package host

import (
	"context"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/issuer"
	"github.com/strongroom-pos/strongroom/acquirer/internal/ledger"
)

// Ledger is how the books stand.
type Ledger struct {
	Balances     []ledger.Balance `json:"balances"`
	TrialBalance int64            `json:"trial_balance"`      // sum over all accounts: 0
	Unbalanced   int              `json:"unbalanced_entries"` // 0
	IssuerDebits int64            `json:"issuer_debits"`      // the issuer's own book, and what stands upstream by its answers
	LedgerHeld   int64            `json:"ledger_held"`        // what is held and not paid
	IssuerHeld   int64            `json:"issuer_held"`        // the same in the issuer's own book
	Broken       []string         `json:"broken,omitempty"`   // rules of the books that do not hold: none
	Cards        []issuer.Account `json:"cards"`
}

// Ledger reads all books at one moment.
func (h *Host) Ledger(ctx context.Context) (l Ledger, err error) {
	err = h.db.View(ctx, func(tx *database.Tx) (err error) {
		if l.Balances, err = ledger.Balances(ctx, tx); err != nil {
			return err
		}
		if l.TrialBalance, l.Unbalanced, err = ledger.TrialBalance(ctx, tx); err != nil {
			return err
		}
		if l.IssuerDebits, err = issuer.TotalDebits(ctx, tx); err != nil {
			return err
		}
		there, err := forwardedNet(ctx, tx, "", "")
		if err != nil {
			return err
		}
		l.IssuerDebits += there
		if l.LedgerHeld, err = ledger.Held(ctx, tx); err != nil {
			return err
		}
		if l.IssuerHeld, err = issuer.Held(ctx, tx); err != nil {
			return err
		}
		if l.Broken, err = broken(ctx, tx); err != nil {
			return err
		}
		l.Cards, err = issuer.Accounts(ctx, tx)
		return err
	})
	return l, err
}

// Payment is what one payment came to, from each book by itself: the message alone that
// has these numbers. What captures and refunds, which have their own, came to for the
// payment that they name stands in its Life.
type Payment struct {
	LedgerNet int64 `json:"ledger_net"` // what the merchant got
	IssuerNet int64 `json:"issuer_net"` // what the cardholder paid
}

// Life is what a payment is and what became of its money, in minor units; empty for
// one that is not known, or was reversed before it came.
type Life struct {
	Kind     string `json:"kind,omitempty"`     // sale, cashback, stored, refund, return, hold, increment, capture, balance, offline, voice
	Original string `json:"original,omitempty"` // RRN of the payment that it continues
	Batch    uint32 `json:"batch,omitempty"`    // DE 60
	Back     uint32 `json:"back,omitempty"`     // the batch among whose reversals it counts
	Cash     int64  `json:"cash,omitempty"`
	Held     int64  `json:"held,omitempty"`     // still
	Captured int64  `json:"captured,omitempty"` // of a sale its amount
	Refunded int64  `json:"refunded,omitempty"`
}

// Account is all that the host knows of one payment.
type Account struct {
	Payment
	Life
	Assessment
	State   string                `json:"state,omitempty"`
	Scripts []issuer.ScriptReport `json:"scripts,omitempty"` // that went to its card
}

// Payment reads both books, and what else is known, for a terminal's DE 37.
func (h *Host) Payment(ctx context.Context, terminalID, rrn string) (p Account, err error) {
	terminal := pad(terminalID, 8)
	err = h.db.View(ctx, func(tx *database.Tx) (err error) {
		if p.LedgerNet, err = ledger.Net(ctx, tx, terminal, rrn); err != nil {
			return err
		}
		if p.IssuerNet, err = issuer.Net(ctx, tx, terminal, rrn); err != nil {
			return err
		}
		there, err := forwardedNet(ctx, tx, terminal, rrn)
		if err != nil {
			return err
		}
		p.IssuerNet += there
		if p.Life, p.State, err = lifeOf(ctx, tx, terminal, rrn); err != nil {
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
	Number     int64  `json:"number"` // rises with each
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
	Life
	Assessment
}

// Transactions lists the latest payments before a number, newest first, with both
// books' net; 0 lists the latest of all.
func (h *Host) Transactions(ctx context.Context, before int64) (out []Transaction, err error) {
	err = h.db.View(ctx, func(tx *database.Tx) error {
		out, err = transactions(ctx, tx, before)
		return err
	})
	return out, err
}

func transactions(ctx context.Context, tx *database.Tx, before int64) (out []Transaction, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT p.id, trim(p.terminal), p.stan, p.date, p.rrn, amount, p.currency, response, state, COALESCE(last4, ''), at,
		       (SELECT COALESCE(SUM(amount), 0) FROM postings JOIN entries ON entries.id = entry
		        WHERE entries.terminal = p.terminal AND entries.rrn = p.rrn AND (account LIKE 'merchant:%' OR account LIKE 'cash:%')),
		       (SELECT COALESCE(-SUM(amount), 0) FROM movements m WHERE m.terminal = p.terminal AND m.rrn = p.rrn),
		       COALESCE(entry_mode, ''), COALESCE(fallback, 0), COALESCE(reason, ''),
		       COALESCE(kind, ''), COALESCE((SELECT rrn FROM payments o WHERE o.id = root), ''), COALESCE(batch, 0), COALESCE(back, 0),
		       COALESCE(cash, 0), COALESCE(held, 0), COALESCE(captured, 0), COALESCE(refunded, 0)
		FROM payments p LEFT JOIN lives ON payment = p.id LEFT JOIN cards ON reference = card
		LEFT JOIN assessments a ON a.terminal = p.terminal AND a.rrn = p.rrn AND a.stan = p.stan AND a.date = p.date
		WHERE CAST(?1 AS BIGINT) = 0 OR p.id < CAST(?1 AS BIGINT) ORDER BY p.id DESC LIMIT ?2`, before, maxReport)
	if err != nil {
		return nil, fmt.Errorf("listing payments: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var t Transaction
		if err := rows.Scan(&t.Number, &t.TerminalID, &t.STAN, &t.Date, &t.RRN, &t.Amount, &t.Currency, &t.Response, &t.State,
			&t.Last4, &t.At, &t.LedgerNet, &t.IssuerNet, &t.EntryMode, &t.Fallback, &t.Reason,
			&t.Kind, &t.Original, &t.Batch, &t.Back, &t.Cash, &t.Held, &t.Captured, &t.Refunded); err != nil {
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
