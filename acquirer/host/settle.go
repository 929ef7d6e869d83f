package host

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
)

// settle answers a 0500: the host's own totals, and whether the terminal's are the
// same. The batch is closed either way. A 0500 of a closed batch, under other numbers,
// is held against the totals as they were then, which do not change any more.
func (h *Host) settle(ctx context.Context, tx *database.Tx, q *request, p hostspec.Permit) (*codec.Message, error) {
	theirs, ok := q.claimed()
	if !ok || q.batch() == 0 {
		return q.answer(p, hostspec.ResponseFormatError), nil
	}
	ours, err := totals(ctx, tx, q.terminal.id, q.batch())
	if err != nil {
		return nil, err
	}
	response, code := hostspec.ResponseApproved, hostspec.BalanceIn
	if ours != theirs {
		response, code = hostspec.ResponseReconcile, hostspec.BalanceOut
	}
	if err := h.closeBatch(ctx, tx, q, ours == theirs); err != nil {
		return nil, err
	}
	a := q.answer(p, response)
	a.SetString(66, code)
	for _, f := range ours.fields() {
		a.SetString(f.number, fmt.Sprintf("%0*d", widthOf(f.number), *f.value))
	}
	a.SetString(97, ours.net())
	return a, nil
}

func widthOf(number int) int {
	if number >= 86 {
		return 16
	}
	return 10
}

// items answers a 0600: a page of what the host has in a batch, by rising RRN.
func (h *Host) items(ctx context.Context, tx *database.Tx, q *request, p hostspec.Permit) (*codec.Message, error) {
	page := hostspec.FindPrivate(q.private, hostspec.PrivatePage)
	if len(page) != 2 {
		return q.answer(p, hostspec.ResponseFormatError), nil
	}
	list, more, err := itemsOf(ctx, tx, q.terminal.id, q.batch(), int(binary.BigEndian.Uint16(page)))
	if err != nil {
		return nil, err
	}
	var packed []byte
	for _, i := range list {
		packed = hostspec.AppendItem(packed, i)
	}
	follows := []byte{0}
	if more {
		follows[0] = 1
	}
	a := q.answer(p, hostspec.ResponseApproved)
	a.Set(48, hostspec.AppendPrivate(nil,
		hostspec.Element{Tag: hostspec.PrivateKSN, Value: q.ksn[:]},
		hostspec.Element{Tag: hostspec.PrivateItems, Value: packed},
		hostspec.Element{Tag: hostspec.PrivateMore, Value: follows}))
	return a, nil
}

func itemsOf(ctx context.Context, tx *database.Tx, terminal string, batch uint32, page int) (out []hostspec.Item, more bool, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT kind, rrn, amount FROM lives JOIN payments ON id = payment
		WHERE lives.terminal = ? AND batch = ? AND kind IN ('sale', 'cashback', 'stored', 'offline', 'capture', 'voice', 'refund', 'return') AND `+standing+`
		ORDER BY rrn LIMIT ? OFFSET ?`, terminal, batch, hostspec.ItemsPerPage+1, page*hostspec.ItemsPerPage)
	if err != nil {
		return nil, false, fmt.Errorf("reading a batch's items: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err says it
	for rows.Next() {
		var name, rrn string
		var i hostspec.Item
		if err := rows.Scan(&name, &rrn, &i.Amount); err != nil {
			return nil, false, fmt.Errorf("reading a batch's items: %w", err)
		}
		i.Kind, i.RRN = itemKind(kindNamed(name)), digits(rrn)
		out = append(out, i)
	}
	if len(out) > hostspec.ItemsPerPage {
		return out[:hostspec.ItemsPerPage], true, rows.Err()
	}
	return out, false, rows.Err()
}

func itemKind(k kind) hostspec.ItemKind {
	switch {
	case k == kindCapture || k == kindVoice:
		return hostspec.ItemCapture
	case k.gives():
		return hostspec.ItemRefund
	}
	return hostspec.ItemSale
}
