package hostspec

import (
	"encoding/binary"
	"errors"
)

// Item is one payment in a batch, as the host has booked it.
type Item struct {
	Kind   ItemKind
	RRN    uint64 // of the message that booked it, at most twelve digits
	Amount int64  // minor units, at most twelve digits
}

// ItemKind is what an item is.
type ItemKind byte

// Kinds of item. A payment that was taken back is no item.
const (
	ItemSale    ItemKind = 1 // a sale, an offline approval
	ItemCapture ItemKind = 2
	ItemRefund  ItemKind = 3
)

const (
	// ItemSize: kind (1), RRN (8), amount (8), big endian.
	ItemSize = 17
	// ItemsPerPage fit into DE 48 with the KSN.
	ItemsPerPage = 28

	twelveDigits = 999_999_999_999
)

// ErrItem reports a malformed list of items.
var ErrItem = errors.New("hostspec: malformed items")

// AppendItem writes one item.
func AppendItem(dst []byte, i Item) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, byte(i.Kind)), i.RRN)
	return binary.BigEndian.AppendUint64(dst, uint64(i.Amount)) //nolint:gosec // never negative
}

// ParseItems reads a page, whose RRN must rise.
func ParseItems(b []byte) ([]Item, error) {
	if len(b)%ItemSize != 0 || len(b) > ItemsPerPage*ItemSize {
		return nil, ErrItem
	}
	var out []Item
	for last := uint64(0); len(b) > 0; b = b[ItemSize:] {
		rrn, amount := binary.BigEndian.Uint64(b[1:]), binary.BigEndian.Uint64(b[9:])
		k := ItemKind(b[0])
		if k < ItemSale || k > ItemRefund || rrn <= last || rrn > twelveDigits || amount > twelveDigits {
			return nil, ErrItem
		}
		last = rrn
		out = append(out, Item{k, rrn, int64(amount)}) //nolint:gosec // at most twelve digits
	}
	return out, nil
}
