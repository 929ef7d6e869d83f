package points

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/loyalty/call"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/card"
)

type shelf map[string][]byte

func (s shelf) Get(name string, room []byte) (int, error) { return copy(room, s[name]), nil }

func (s shelf) Put(name string, value []byte) error {
	if s["broken"] != nil {
		return errors.New("broken")
	}
	s[name] = append([]byte(nil), value...)
	return nil
}

type shop struct {
	*testing.T
	p *Points
}

func (s shop) paid(id, c byte, amount payment.Amount, kind payment.Type) int32 {
	_, code := s.p.Handle(card.OpPaid, card.Paid{Card: card.Identifier{c}, Payment: payment.ID{id}, Number: uint64(id), Amount: amount, Currency: payment.EUR, Type: kind}.Append(nil), nil)
	return code
}

func (s shop) asks(op uint32, request []byte) (uint64, int32) {
	out := make([]byte, 64)
	n, code := s.p.Handle(op, request, out)
	if code == 0 && n != 8 {
		s.Fatalf("%d bytes", n)
	}
	return binary.BigEndian.Uint64(out), code
}

func (s shop) has(id byte, want uint64) {
	s.Helper()
	payment := payment.ID{id}
	if got, code := s.asks(call.OpPoints, payment[:]); got != want || code != 0 {
		s.Errorf("payment %d: %d points, %d, want %d", id, got, code, want)
	}
}

func TestPointsAreCountedForEachCard(t *testing.T) {
	s := shop{t, New(shelf{})}
	s.paid(1, 7, 1234, payment.TypeSale)
	s.paid(2, 8, 500, payment.TypeSale)
	s.has(1, 12)
	s.has(2, 5)
	s.paid(3, 7, 300, payment.TypeSale)
	s.has(1, 15) // the same card
	s.paid(3, 7, 300, payment.TypeSale)
	s.has(3, 15) // told twice
	s.paid(4, 7, 9900, payment.TypeRefund)
	s.has(4, 0)
}

func TestPointsAreRedeemedOnceAndNotBelowZero(t *testing.T) {
	s := shop{t, New(shelf{})}
	s.paid(1, 7, 1000, payment.TypeSale)
	id := payment.ID{1}
	redeem := func(n uint64) (uint64, int32) {
		return s.asks(call.OpRedeem, binary.BigEndian.AppendUint64(id[:], n))
	}
	if left, code := redeem(4); left != 6 || code != 0 {
		t.Errorf("%d, %d", left, code)
	}
	for _, n := range []uint64{7, 1 << 63, 1<<64 - 1} {
		if _, code := redeem(n); code != call.CodeTooFew {
			t.Errorf("%d of 6 were redeemed: %d", n, code)
		}
	}
	s.has(1, 6)
}

func TestOnlyTheLastPaymentsCanBeAskedBy(t *testing.T) {
	s := shop{t, New(shelf{})}
	for i := range byte(maxLast + 1) {
		s.paid(i+1, 7, 100, payment.TypeSale)
	}
	s.has(2, maxLast+1)
	first := payment.ID{1}
	if _, code := s.asks(call.OpPoints, first[:]); code != call.CodeUnknown {
		t.Errorf("%d", code)
	}
}

func TestWhatIsMalformedOrCannotBeKeptIsRefused(t *testing.T) {
	s := shop{t, New(shelf{"broken": {1}})}
	if code := s.paid(1, 7, 1000, payment.TypeSale); code != call.CodeStorage {
		t.Errorf("%d", code)
	}
	for _, op := range []uint32{card.OpPaid, call.OpPoints, call.OpRedeem, 0, 99} {
		if _, code := s.asks(op, []byte{1}); code >= 0 {
			t.Errorf("operation %d: %d", op, code)
		}
	}
}

func FuzzPaid(f *testing.F) {
	f.Add(card.Paid{Number: 1, Amount: 100, Currency: payment.EUR, Type: payment.TypeSale}.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		p := New(shelf{})
		if n, code := p.Handle(card.OpPaid, b, make([]byte, 64)); n != 0 || code < call.CodeStorage {
			t.Fatal(n, code)
		}
	})
}
