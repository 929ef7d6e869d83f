package host

import (
	"context"
	"database/sql"
	"errors"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
)

// advice answers a 0220, whose scripts are settled: it changes no books.
func (h *Host) advice(ctx context.Context, tx *sql.Tx, q *request, p hostspec.Permit) (*codec.Message, error) {
	k := q.payment()
	if original := q.message.String(90); original[:10] != hostspec.MTIRequest+k.stan {
		return q.answer(p, hostspec.ResponseFormatError), nil
	}
	_, err := findPayment(ctx, tx, k)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return q.answer(p, hostspec.ResponseNoOriginal), nil
	case err != nil:
		return nil, err
	}
	return q.answer(p, hostspec.ResponseApproved), nil
}
