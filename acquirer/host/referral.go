package host

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/issuer"
	"github.com/strongroom-pos/strongroom/acquirer/internal/ledger"
)

// referralSchema keeps what the issuer wants a call for, and the code that he gives then.
// It is good for one capture.
const referralSchema = `
CREATE TABLE IF NOT EXISTS referrals (
	payment INTEGER PRIMARY KEY REFERENCES payments (id), code TEXT NOT NULL,
	wrong INTEGER NOT NULL, spent INTEGER NOT NULL
) STRICT;
`

// maxWrongCodes is how many wrong codes are tried on one referral: as the PIN's tries, so
// that nobody guesses.
const maxWrongCodes = 3

// refer notes a sale that was answered with a wish for a call.
func (d *deal) refer(ctx context.Context, tx *database.Tx) error {
	if d.response != hostspec.ResponseCallIssuer || d.kind != kindSale && d.kind != kindStored {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO referrals (payment, code, wrong, spent) VALUES (?, ?, 0, 0)`, d.id, d.voiceCode())
	if err != nil {
		return fmt.Errorf("recording a referral: %w", err)
	}
	return nil
}

// voiceCode is what the issuer stand-in tells whoever calls: six letters and digits that
// are the same each time, without those that sound or look alike.
func (d *deal) voiceCode() string {
	const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	sum := sha256.Sum256(fmt.Appendf(nil, "voice approval %x %s %s %s %s", d.card, d.key.terminal, d.key.stan, d.key.date, d.key.rrn))
	code := make([]byte, 6)
	for i := range code {
		code[i] = alphabet[sum[i]%32]
	}
	return string(code)
}

// VoiceApproval is the issuer's answer to the merchant's call about a payment that he
// referred: the code.
func (h *Host) VoiceApproval(ctx context.Context, terminalID, rrn string) (code string, err error) {
	err = h.db.View(ctx, func(tx *database.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT code FROM referrals JOIN payments ON id = payment WHERE terminal = ? AND rrn = ? ORDER BY id DESC LIMIT 1`,
			pad(terminalID, 8), rrn).Scan(&code)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return "", errNoPayment
	}
	return code, err
}

// weighReferred decides a capture of a sale that the issuer referred: by the code that he
// gave, once, and for no more than he was asked for. It is a payment of its own then.
func (h *Host) weighReferred(ctx context.Context, tx *database.Tx, q *request, d *deal) error {
	f := d.from
	var code string
	var wrong int
	var spent bool
	err := tx.QueryRowContext(ctx, `SELECT code, wrong, spent FROM referrals WHERE payment = ?`, f.id).Scan(&code, &wrong, &spent)
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && (f.currency != d.currency || wrong >= maxWrongCodes):
		d.response = hostspec.ResponseNoOriginal
		return nil
	case err != nil:
		return fmt.Errorf("reading a referral: %w", err)
	case q.message.String(38) != code:
		d.response = hostspec.ResponseNoOriginal
		return d.setReferral(ctx, tx, "wrong = wrong + 1")
	case spent:
		d.response = hostspec.ResponseDuplicate
		return nil
	case d.amount > f.asked:
		d.response = hostspec.ResponseLimit
		return nil
	}
	d.kind, d.card, d.approval = kindVoice, f.card, code
	if d.holder, err = issuer.Find(ctx, tx, f.reference()); err != nil {
		return err
	}
	d.response = hostspec.ResponseApproved
	return nil
}

// sellByVoice books what the issuer has given his word for, so it is not asked again
// whether the money is there.
func (d *deal) sellByVoice(ctx context.Context, tx *database.Tx, q *request) error {
	if err := d.setReferral(ctx, tx, "spent = 1"); err != nil {
		return err
	}
	if err := issuer.Demand(ctx, tx, d.reference(), d.key.terminal, d.key.rrn, d.amount); err != nil {
		return err
	}
	d.captured = d.amount
	return ledger.Post(ctx, tx, d.party(q.terminal).Sale(d.amount, 0))
}

func (d *deal) setReferral(ctx context.Context, tx *database.Tx, change string) error {
	r, err := tx.ExecContext(ctx, `UPDATE referrals SET `+change+` WHERE payment = ? AND spent = 0`, d.from.id)
	if err != nil {
		return fmt.Errorf("keeping a referral: %w", err)
	}
	if n, err := r.RowsAffected(); err != nil || n > 1 {
		return errors.Join(err, errNoPayment)
	}
	return nil
}
