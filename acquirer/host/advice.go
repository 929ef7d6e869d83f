package host

import (
	"context"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
)

// advice answers a 0220 whose scripts are settled: it changes no books.
func (h *Host) advice(ctx context.Context, tx *database.Tx, q *request, p hostspec.Permit) (*codec.Message, error) {
	k := q.payment()
	if q.original.STAN != k.stan || q.original.MTI == hostspec.MTIAdvice {
		return q.answer(p, hostspec.ResponseFormatError), nil
	}
	was, err := findPayment(ctx, tx, k)
	if err != nil {
		return nil, err
	}
	if was == nil || was.mti != q.original.MTI {
		return q.answer(p, hostspec.ResponseNoOriginal), nil
	}
	return q.answer(p, hostspec.ResponseApproved), nil
}
