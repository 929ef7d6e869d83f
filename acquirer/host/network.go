package host

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/secureworld/attestation"
)

const journalSize = 8 + 32 // length and head, hostspec.PrivateJournal

// top is the highest that the host has seen of a terminal.
type top struct {
	counter, batch, stan uint32
	rrn                  uint64
	journal              []byte // length (8) and head (32), or empty
}

// network answers an 0800.
func (h *Host) network(ctx context.Context, tx *database.Tx, q *request, p hostspec.Permit) (*codec.Message, error) {
	switch q.message.String(70) {
	case hostspec.NetworkEcho:
		return q.answer(p, hostspec.ResponseApproved), nil
	case hostspec.NetworkSignOn:
		return h.signOn(ctx, tx, q, p)
	}
	return q.answer(p, hostspec.ResponseFormatError), nil
}

// signOn refuses a terminal whose evidence does not satisfy. It tells any other
// terminal what the host knew of it before this message, and
// keeps the head of its journal. A journal that is shorter than the known one,
// or of its length with another head, is an older copy or a clone: it does not
// replace what is known, so that the terminal is told again each time.
func (h *Host) signOn(ctx context.Context, tx *database.Tx, q *request, p hostspec.Permit) (*codec.Message, error) {
	reason, err := h.attest(ctx, tx, q)
	if err != nil {
		return nil, err
	}
	if reason != attestation.ReasonNone {
		a := q.answer(p, hostspec.ResponseSecurity)
		a.Set(48, hostspec.AppendPrivate(nil, hostspec.Element{Tag: hostspec.PrivateKSN, Value: q.ksn[:]},
			hostspec.Element{Tag: hostspec.PrivateRefusal, Value: []byte{byte(reason)}}))
		return a, nil
	}
	known, err := readTop(ctx, tx, q)
	if err != nil {
		return nil, err
	}
	journal := hostspec.FindPrivate(q.private, hostspec.PrivateJournal)
	if journal != nil && (len(journal) != journalSize || journal[0] > 0x7F) { // SQLite's integers are signed
		return q.answer(p, hostspec.ResponseFormatError), nil
	}
	if journal != nil && (len(known.journal) == 0 || bytes.Compare(journal[:8], known.journal[:8]) > 0) {
		if err := keepJournal(ctx, tx, q.terminal.id, journal); err != nil {
			return nil, err
		}
	}
	a := q.answer(p, hostspec.ResponseApproved)
	a.Set(48, known.private(q.ksn[:]))
	return a, nil
}

func (t top) private(ksn []byte) []byte {
	journal := make([]byte, journalSize)
	copy(journal, t.journal)
	return hostspec.AppendPrivate(nil,
		hostspec.Element{Tag: hostspec.PrivateKSN, Value: ksn},
		hostspec.Element{Tag: hostspec.PrivateTopCounter, Value: binary.BigEndian.AppendUint32(nil, t.counter)},
		hostspec.Element{Tag: hostspec.PrivateTopSTAN, Value: binary.BigEndian.AppendUint32(nil, t.stan)},
		hostspec.Element{Tag: hostspec.PrivateTopRRN, Value: binary.BigEndian.AppendUint64(nil, t.rrn)},
		hostspec.Element{Tag: hostspec.PrivateTopJournal, Value: journal})
}

// readTop reads what is known of a message's terminal, and of the key of the message.
func readTop(ctx context.Context, tx *database.Tx, q *request) (t top, err error) {
	if err := tx.QueryRowContext(ctx, `SELECT counter FROM host_keys WHERE key = ?`, q.ksn[:8]).Scan(&t.counter); err != nil {
		return top{}, fmt.Errorf("reading a host key: %w", err)
	}
	var length int64
	var head []byte
	err = tx.QueryRowContext(ctx, `SELECT batch, stan, rrn, journal_length, journal_head FROM terminals WHERE terminal = ?`, q.terminal.id).
		Scan(&t.batch, &t.stan, &t.rrn, &length, &head)
	if errors.Is(err, sql.ErrNoRows) {
		return t, nil
	}
	if err != nil {
		return top{}, fmt.Errorf("reading a terminal: %w", err)
	}
	if len(head) > 0 {
		t.journal = append(binary.BigEndian.AppendUint64(nil, uint64(length)), head...)
	}
	return t, nil
}

func keepJournal(ctx context.Context, tx *database.Tx, terminal string, journal []byte) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO terminals (terminal, journal_length, journal_head) VALUES (?, ?, ?)
		ON CONFLICT (terminal) DO UPDATE SET journal_length = excluded.journal_length, journal_head = excluded.journal_head`,
		terminal, int64(binary.BigEndian.Uint64(journal)), journal[8:])
	if err != nil {
		return fmt.Errorf("keeping a journal's head: %w", err)
	}
	return nil
}

// raiseTop takes this message's numbers into what is known. Trace numbers begin
// again with a batch; a message without a batch counts for the current one.
func raiseTop(ctx context.Context, tx *database.Tx, q *request) error {
	t, err := readTop(ctx, tx, q)
	if err != nil {
		return err
	}
	batch, stan := t.batch, uint32(digits(q.message.String(11)))
	if q.message.Has(60) {
		batch = uint32(digits(q.message.String(60)))
	}
	switch {
	case batch > t.batch:
		t.batch, t.stan = batch, stan
	case batch == t.batch:
		t.stan = max(t.stan, stan)
	}
	t.counter = max(t.counter, binary.BigEndian.Uint32(q.ksn[8:]))
	if ofPayment(q.message.MTI) {
		t.rrn = max(t.rrn, digits(q.message.String(37)))
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO terminals (terminal, batch, stan, rrn) VALUES (?, ?, ?, ?)
		ON CONFLICT (terminal) DO UPDATE SET batch = excluded.batch, stan = excluded.stan, rrn = excluded.rrn`,
		q.terminal.id, t.batch, t.stan, int64(t.rrn))
	if err == nil {
		_, err = tx.ExecContext(ctx, `UPDATE host_keys SET counter = ? WHERE key = ?`, t.counter, q.ksn[:8])
	}
	if err != nil {
		return fmt.Errorf("keeping a terminal's numbers: %w", err)
	}
	return nil
}

// ofPayment tells messages of payments from those of the network and of settlement. A
// terminal whose journal is an older one uses up missing numbers by sign-ons: only a
// payment's number says that the journal once knew of it.
func ofPayment(mti string) bool {
	switch requestOf(mti) {
	case hostspec.MTINetwork, hostspec.MTISettlement:
		return false
	}
	return true
}

// digits reads a field of digits; text that is none (an RRN may be) counts as 0.
func digits(s string) uint64 {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
