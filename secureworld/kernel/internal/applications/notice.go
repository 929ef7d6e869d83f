package applications

import (
	"encoding/binary"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/card"
)

// notice is one payment of which applications are to be told, or would be if it were
// approved.
type notice struct {
	number  uint64
	payment payment.ID // zero where it was not known
	token   payment.Token
	owed    *terms       // nil: the payment is under way
	names   []Identified // of those yet to be told
}

// terms of an approved payment.
type terms struct {
	amount   payment.Amount
	currency payment.Currency
	kind     payment.Type
}

// paid is what an application is told.
func (n *notice) paid(c card.Identifier) card.Paid {
	return card.Paid{Card: c, Payment: n.payment, Number: n.number, Amount: n.owed.amount, Currency: n.owed.currency, Type: n.owed.kind}
}

// book is all notices, as they are kept. Numbers are big endian:
//
//	version(1) next(8) count(1), then for each notice, by number:
//	number(8) payment(16) token(16) owed(1) amount(8) currency(2) type(1) count(1)
//	then for each application that is yet to be told: length(1) name card(16)
//
// next is above every number that was given out; amount, currency and type are zero
// where nothing is owed.
type book struct {
	next uint64
	list []notice
}

const bookVersion = 1

var errBook = errors.New("notices to applications: malformed")

func (b *book) encode() []byte {
	out := append(binary.BigEndian.AppendUint64([]byte{bookVersion}, b.next), byte(len(b.list)))
	for _, n := range b.list {
		out = binary.BigEndian.AppendUint64(out, n.number)
		out = append(append(out, n.payment[:]...), n.token[:]...)
		owed, t := byte(0), terms{}
		if n.owed != nil {
			owed, t = 1, *n.owed
		}
		out = binary.BigEndian.AppendUint64(append(out, owed), uint64(t.amount))
		out = append(binary.BigEndian.AppendUint16(out, uint16(t.currency)), byte(t.kind), byte(len(n.names)))
		for _, i := range n.names {
			out = append(append(append(out, byte(len(i.Application))), i.Application...), i.Card[:]...)
		}
	}
	return out
}

// noticeSize is a notice without its applications.
const noticeSize = 8 + 16 + 16 + 1 + 8 + 2 + 1 + 1

// parseBook reads what encode wrote, and nothing else.
func parseBook(p []byte) (b book, err error) {
	if len(p) < 10 || p[0] != bookVersion || p[9] > maxNotices {
		return b, errBook
	}
	b.next = binary.BigEndian.Uint64(p[1:])
	count, last := int(p[9]), uint64(0)
	for p = p[10:]; len(b.list) < count; {
		var n notice
		if n, p, err = parseNotice(p); err != nil {
			return book{}, err
		}
		if n.number <= last || n.number >= b.next {
			return book{}, errBook
		}
		last = n.number
		b.list = append(b.list, n)
	}
	if len(p) != 0 {
		return book{}, errBook
	}
	return b, nil
}

func parseNotice(p []byte) (n notice, rest []byte, err error) {
	if len(p) < noticeSize {
		return n, nil, errBook
	}
	n = notice{number: binary.BigEndian.Uint64(p), payment: payment.ID(p[8:24]), token: payment.Token(p[24:40])}
	t := terms{payment.Amount(binary.BigEndian.Uint64(p[41:])), payment.Currency(binary.BigEndian.Uint16(p[49:])), payment.Type(p[51])}
	switch {
	case p[40] == 1 && t.amount.Valid() && t.currency.Valid() && t.kind.Valid():
		n.owed = &t
	case p[40] != 0 || t != terms{}:
		return n, nil, errBook
	}
	count := int(p[52])
	for p = p[noticeSize:]; len(n.names) < count; {
		if len(p) < 1 || p[0] < 1 || p[0] > maxName || len(p) < 1+int(p[0])+16 {
			return n, nil, errBook
		}
		end := 1 + int(p[0])
		n.names = append(n.names, Identified{string(p[1:end]), card.Identifier(p[end:])})
		p = p[end+16:]
	}
	if count == 0 || count > maxApplications {
		return n, nil, errBook
	}
	return n, p, nil
}
