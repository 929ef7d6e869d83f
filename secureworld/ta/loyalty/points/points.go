// Package points counts loyalty points: one for each whole unit of money that was
// paid, taken back where it is refunded.
//
// Its space holds 64 objects of cards, by the first six bits of their identifiers,
// and the last payments, by which the app world asks:
//
//	points.00 … points.63 (identifier(16) ‖ points(8) ‖ number(8)) for each card
//	last                  (payment(16) ‖ identifier(16)) for each of the last 64, newest first
//
// number is that of the last notice that was counted for the card. It is written with
// the points, so that a payment which is told twice counts once.
//
// The loyalty application imports it. It builds natively too, for tests.
package points

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/loyalty/call"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/card"
)

const (
	cardSize = 16 + 8 + 8
	// maxCards of one object: what the storage takes in one.
	maxCards = (16 << 10) / cardSize
	lastSize = 16 + 16
	// maxLast payments can be asked by.
	maxLast = 64
	last    = "last"
)

// Space is the application's own. Get answers a name that is not there with 0 bytes.
type Space interface {
	Get(name string, room []byte) (int, error)
	Put(name string, value []byte) error
}

// Points is the application.
type Points struct{ space Space }

// New keeps points in a space.
func New(s Space) *Points { return &Points{s} }

// Handle does one operation.
func (p *Points) Handle(op uint32, request, out []byte) (n int, code int32) {
	switch op {
	case card.OpPaid:
		return p.paid(request)
	case call.OpPoints:
		return p.ask(request, out)
	case call.OpRedeem:
		return p.redeem(request, out)
	case call.OpVersion:
		binary.BigEndian.PutUint32(out, call.Version)
		return 4, 0
	}
	return 0, call.CodeMalformed
}

// paid counts a payment's points, once.
func (p *Points) paid(request []byte) (int, int32) {
	paid, ok := card.Parse(request)
	if !ok {
		return 0, call.CodeMalformed
	}
	if _, code := p.add(paid.Card, worth(paid), paid.Number); code != 0 {
		return 0, code
	}
	list, err := p.read(last, maxLast*lastSize)
	if err != nil {
		return 0, call.CodeStorage
	}
	if _, noted := find(list, lastSize, paid.Payment[:]); noted {
		return 0, 0
	}
	entry := append(append([]byte(nil), paid.Payment[:]...), paid.Card[:]...)
	list = append(entry, list[:min(len(list), (maxLast-1)*lastSize)]...)
	if p.space.Put(last, list) != nil {
		return 0, call.CodeStorage
	}
	return 0, 0
}

// worth is what a payment adds; a refund takes away.
func worth(paid card.Paid) int64 {
	units := int64(paid.Amount)
	for range paid.Currency.Exponent() {
		units /= 10
	}
	if paid.Type == payment.TypeRefund {
		return -units
	}
	return units
}

// ask tells the points of the card that paid.
func (p *Points) ask(request, out []byte) (int, int32) {
	id, code := p.cardOf(request)
	if code != 0 {
		return 0, code
	}
	total, code := p.add(id, 0, 0)
	binary.BigEndian.PutUint64(out, total)
	return 8, code
}

// redeem takes points away, if there are enough.
func (p *Points) redeem(request, out []byte) (int, int32) {
	if len(request) != 24 {
		return 0, call.CodeMalformed
	}
	id, code := p.cardOf(request[:16])
	if code != 0 {
		return 0, code
	}
	total, code := p.add(id, 0, 0)
	wanted := binary.BigEndian.Uint64(request[16:])
	switch {
	case code != 0:
		return 0, code
	case wanted > total:
		return 0, call.CodeTooFew
	}
	total, code = p.add(id, -int64(wanted), 0)
	binary.BigEndian.PutUint64(out, total)
	return 8, code
}

func (p *Points) cardOf(id []byte) (c card.Identifier, code int32) {
	if len(id) != 16 {
		return c, call.CodeMalformed
	}
	list, err := p.read(last, maxLast*lastSize)
	if err != nil {
		return c, call.CodeStorage
	}
	at, ok := find(list, lastSize, id)
	if !ok {
		return c, call.CodeUnknown
	}
	return card.Identifier(list[at+16:]), 0
}

// add changes a card's points, which do not go below zero, and gives the new sum. A
// notice's number that is not above the last one changes nothing; 0 is of none.
func (p *Points) add(c card.Identifier, n int64, number uint64) (total uint64, code int32) {
	name := fmt.Sprintf("points.%02d", c[0]>>2)
	list, err := p.read(name, maxCards*cardSize)
	if err != nil {
		return 0, call.CodeStorage
	}
	at, known := find(list, cardSize, c[:])
	switch {
	case !known && n == 0 && number == 0:
		return 0, 0
	case !known && len(list) == maxCards*cardSize:
		return 0, call.CodeStorage
	case !known:
		at, list = len(list), append(append(list, c[:]...), make([]byte, cardSize-16)...)
	}
	room := list[at+16 : at+cardSize]
	total = binary.BigEndian.Uint64(room)
	if number != 0 && number <= binary.BigEndian.Uint64(room[8:]) {
		return total, 0
	}
	total = uint64(max(0, int64(total)+n))
	binary.BigEndian.PutUint64(room, total)
	if number != 0 {
		binary.BigEndian.PutUint64(room[8:], number)
	}
	if (n != 0 || number != 0) && p.space.Put(name, list) != nil {
		return 0, call.CodeStorage
	}
	return total, 0
}

func (p *Points) read(name string, limit int) ([]byte, error) {
	room := make([]byte, limit)
	n, err := p.space.Get(name, room)
	return room[:n], err
}

// find looks for the entry of that size which begins so.
func find(list []byte, size int, begins []byte) (at int, ok bool) {
	for at := 0; at+size <= len(list); at += size {
		if bytes.HasPrefix(list[at:], begins) {
			return at, true
		}
	}
	return 0, false
}
