package host

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
)

// recordSchema makes the message record. How long it is kept: retention.go.
const recordSchema = `
CREATE TABLE IF NOT EXISTS ksns (
	ksn BLOB PRIMARY KEY, digest BLOB NOT NULL, answer BLOB NOT NULL, delay INTEGER NOT NULL, silent INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (
	class INTEGER NOT NULL, terminal TEXT NOT NULL, stan TEXT NOT NULL, date TEXT NOT NULL, rrn TEXT NOT NULL,
	answer BLOB NOT NULL, PRIMARY KEY (class, terminal, stan, date, rrn)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS payments (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	terminal TEXT NOT NULL, stan TEXT NOT NULL, date TEXT NOT NULL, rrn TEXT NOT NULL,
	state TEXT NOT NULL, response TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL,
	card BLOB, at TEXT NOT NULL, UNIQUE (terminal, stan, date, rrn)
) STRICT;
CREATE TABLE IF NOT EXISTS terminals (
	terminal TEXT PRIMARY KEY, counter INTEGER NOT NULL DEFAULT 0,
	batch INTEGER NOT NULL DEFAULT 0, stan INTEGER NOT NULL DEFAULT 0, rrn INTEGER NOT NULL DEFAULT 0,
	journal_length INTEGER NOT NULL DEFAULT 0, journal_head BLOB NOT NULL DEFAULT x''
) STRICT, WITHOUT ROWID;
`

type paymentKey struct{ terminal, stan, date, rrn string }

type messageKey struct {
	class int
	paymentKey
}

// once gives the answer that was given before, or decides and records. Either
// all of it happens or nothing.
func (h *Host) once(ctx context.Context, tx *database.Tx, q *request, e *evidence) (Reply, error) {
	permit, _ := hostspec.PermitOf(q.message.MTI)
	if err := lockTerminal(ctx, tx, q.terminal.id); err != nil {
		return Reply{}, err
	}
	if !q.byHand {
		if err := proveKey(ctx, tx, q); err != nil {
			return Reply{}, err
		}
	}
	reply, found, err := findKSN(ctx, tx, q)
	if errors.Is(err, RefusalKSN) && q.fault == "" && q.signsOn() {
		return h.tellCopy(ctx, tx, q, permit)
	}
	if found || err != nil {
		return reply, err
	}
	answer, reply, err := h.decide(ctx, tx, q, e, permit)
	if err != nil {
		return Reply{}, err
	}
	if reply.Frame, err = h.seal(ctx, q, answer); err != nil {
		return Reply{}, err
	}
	if q.transient {
		return reply, nil
	}
	if err := remember(ctx, tx, q, reply, e.silent); err != nil {
		return Reply{}, err
	}
	if e.silent {
		reply.Frame = nil
	}
	return reply, raiseTop(ctx, tx, q)
}

// tellCopy answers a sign-on under a KSN that another message had. Its MAC is right, so
// a copy of this terminal is at work, and was heard before: silence would let this one
// try KSN after KSN until it is past those that the other has used. It is told what is
// known, by which it finds itself out. Nothing is recorded.
func (h *Host) tellCopy(ctx context.Context, tx *database.Tx, q *request, p hostspec.Permit) (reply Reply, err error) {
	known, err := readTop(ctx, tx, q)
	if err != nil {
		return Reply{}, err
	}
	a := q.answer(p, hostspec.ResponseApproved)
	a.Set(48, known.private(q.ksn[:]))
	reply.Frame, err = h.seal(ctx, q, a)
	return reply, err
}

// signsOn tells a sign-on from every other message.
func (q *request) signsOn() bool {
	return q.message.MTI == hostspec.MTINetwork && q.message.String(70) == hostspec.NetworkSignOn
}

// decide makes the answer, or takes the first one's content where the message
// came before under another KSN.
func (h *Host) decide(ctx context.Context, tx *database.Tx, q *request, e *evidence, p hostspec.Permit) (*codec.Message, Reply, error) {
	if q.fault != "" {
		return q.answer(p, q.fault), Reply{}, nil
	}
	if q.message.MTI == hostspec.MTINetwork {
		a, err := h.network(ctx, tx, q, p)
		return a, Reply{}, err
	}
	reverses := requestOf(q.message.MTI) == hostspec.MTIReversal
	if reverses || q.kind == kindScripts {
		if err := settleScripts(ctx, tx, q); err != nil {
			return nil, Reply{}, err
		}
	}
	if reverses {
		a, err := h.reversal(ctx, tx, q, p)
		return a, Reply{}, err
	}
	first, found, err := h.findMessage(ctx, tx, q)
	if err != nil {
		return nil, Reply{}, err
	}
	if found {
		return again(q, p, first), Reply{}, nil
	}
	return h.decideNew(ctx, tx, q, e, p)
}

// decideNew makes the answer to a message that did not come before.
func (h *Host) decideNew(ctx context.Context, tx *database.Tx, q *request, e *evidence, p hostspec.Permit) (a *codec.Message, r Reply, err error) {
	switch {
	case q.message.MTI == hostspec.MTISettlement:
		a, err = h.settle(ctx, tx, q, p)
	case q.message.MTI == hostspec.MTIItems:
		a, err = h.items(ctx, tx, q, p)
	case q.kind == kindScripts:
		a, err = h.advice(ctx, tx, q, p)
	default:
		return h.money(ctx, tx, q, e, p)
	}
	return a, r, err
}

// again repeats the first answer for a message that came under another KSN. The
// same numbers with another amount are another message.
func again(q *request, p hostspec.Permit, first *codec.Message) *codec.Message {
	asked := first.String(4)
	if raw, _ := first.Get(54); first.String(39) == hostspec.ResponsePartial {
		parts, _ := hostspec.ParseAdditional(raw)
		asked = fmt.Sprintf("%012d", hostspec.FindAdditional(parts, hostspec.AmountOriginal))
	}
	if first.String(3) != q.message.String(3) || asked != q.message.String(4) || first.String(49) != q.message.String(49) {
		return q.answer(p, hostspec.ResponseDuplicate)
	}
	a := q.answer(p, first.String(39))
	for _, number := range append([]int{4, 38, 54, 55}, totalFields()...) {
		if v, ok := first.Get(number); ok {
			a.Set(number, v)
		}
	}
	return a
}

// seal packs an answer and authenticates it under the question's KSN.
func (h *Host) seal(ctx context.Context, q *request, a *codec.Message) ([]byte, error) {
	b, err := h.codec.Pack(a)
	if err != nil {
		return nil, RefusalMalformed
	}
	body, mac := codec.Split(b)
	if h.hsm.Sign(ctx, q.ksn, body, mac) != nil {
		return nil, RefusalElement
	}
	return b, nil
}

// findKSN looks for an earlier use of the KSN: the same bytes get the same
// answer, others are refused.
func findKSN(ctx context.Context, tx *database.Tx, q *request) (reply Reply, found bool, err error) {
	var digest, answer []byte
	var silent bool
	err = tx.QueryRowContext(ctx, `SELECT digest, answer, delay, silent FROM ksns WHERE ksn = ?`, q.ksn[:]).
		Scan(&digest, &answer, &reply.Delay, &silent)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		old, err := dropped(ctx, tx, q)
		if err == nil && old {
			err = RefusalKSN
		}
		return Reply{}, false, err
	case err != nil:
		return Reply{}, false, fmt.Errorf("reading a key serial number: %w", err)
	case !bytes.Equal(digest, q.digest[:]):
		return Reply{}, false, RefusalKSN
	}
	if !silent {
		reply.Frame = answer
	}
	return reply, true, nil
}

func (h *Host) findMessage(ctx context.Context, tx *database.Tx, q *request) (*codec.Message, bool, error) {
	var answer []byte
	k := q.key()
	err := tx.QueryRowContext(ctx, `SELECT answer FROM messages WHERE class = ? AND terminal = ? AND stan = ? AND date = ? AND rrn = ?`,
		k.class, k.terminal, k.stan, k.date, k.rrn).Scan(&answer)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("reading a message: %w", err)
	}
	m, err := h.codec.Unpack(answer)
	return m, err == nil, err
}

// lasting: what is done by the message is done once, however often it is asked, or
// nothing is; so the first answer need not be kept.
func (q *request) lasting() bool {
	return q.kind == kindNone && q.message.MTI != hostspec.MTISettlement
}

func remember(ctx context.Context, tx *database.Tx, q *request, r Reply, silent bool) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO ksns (ksn, digest, answer, delay, silent) VALUES (?, ?, ?, ?, ?)`,
		q.ksn[:], q.digest[:], r.Frame, int64(r.Delay), silent)
	if err != nil {
		return fmt.Errorf("recording a key serial number: %w", err)
	}
	if q.fault != "" || q.lasting() {
		return nil // these have no effect that a repeat could double
	}
	k := q.key()
	_, err = tx.ExecContext(ctx, `INSERT INTO messages (class, terminal, stan, date, rrn, answer) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		k.class, k.terminal, k.stan, k.date, k.rrn, r.Frame)
	if err != nil {
		return fmt.Errorf("recording a message: %w", err)
	}
	return nil
}
