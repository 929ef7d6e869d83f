package stepper

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// numbers are the unpredictable numbers of as many orders, as the reader gets them.
func numbers(t *testing.T, n int) (all [][4]byte) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		s := newStepper(w)
		s.cfg.Reader = taking{readerDouble{w}, func(take sred.Take) { all = append(all, take.Unpredictable) }}
		end := running(t, s)
		signOn(s, w)
		for i := range n {
			one := sale
			one.ID = payment.ID{1, byte(i), byte(i >> 8)}
			r, err := s.Ask(t.Context(), func(reply uint64) transaction.Event { return transaction.Start{Reply: reply, Start: one} })
			if err != nil || r.Refused != mailbox.CodeNone {
				t.Fatalf("order %d: %+v, %v", i, r, err)
			}
			s.Post(transaction.ReaderFailed{Order: w.order, Code: sred.CodeTimeout})
			settle()
		}
		if err := end(); err != nil {
			t.Log(err)
		}
	})
	return all
}

type taking struct {
	readerDouble
	tell func(sred.Take)
}

func (r taking) Take(t sred.Take) ([32]byte, error) { r.tell(t); return r.readerDouble.Take(t) }

// predictable tells why numbers could be guessed, or "": they repeat, their bits lean
// to one side, a bit follows from the one before it, or their differences are few. The
// bounds are six deviations: one run in five hundred million fails by chance.
func predictable(all [][4]byte) string {
	ones, changes, last := [32]int{}, [32]int{}, uint32(0)
	seen, steps := map[uint32]int{}, map[uint32]int{}
	for i, b := range all {
		n := binary.BigEndian.Uint32(b[:])
		seen[n]++
		if i > 0 {
			steps[n-last]++
		}
		for bit := range 32 {
			ones[bit] += int(n >> bit & 1)
			changes[bit] += int((n ^ last) >> bit & 1)
		}
		last = n
	}
	half, bound := float64(len(all))/2, 6*math.Sqrt(float64(len(all)))/2
	switch {
	case len(all)-len(seen) > 2 || len(all)-1-len(steps) > 2: // birthdays among 2^32
		return "repeats"
	case slices.ContainsFunc(ones[:], func(n int) bool { return math.Abs(float64(n)-half) > bound }):
		return "bits lean to one side"
	case slices.ContainsFunc(changes[:], func(n int) bool { return math.Abs(float64(n)-half) > bound }):
		return "a bit follows from the one before it"
	}
	return ""
}

func TestA31UnpredictableNumbersAreDrawnFreshForEachOrder(t *testing.T) {
	const orders = 2000
	all := numbers(t, orders)
	if len(all) != orders {
		t.Fatalf("%d numbers of %d orders", len(all), orders)
	}
	if why := predictable(all); why != "" {
		t.Errorf("the numbers of %d orders: %s", orders, why)
	}
	for name, next := range map[string]func(n uint32) uint32{
		"a counter":                  func(n uint32) uint32 { return n + 1 },
		"a counter in the high half": func(n uint32) uint32 { return n + 1<<16 },
		"seventeen bits":             func(n uint32) uint32 { return (n*1103515245 + 12345) & 0x1FFFF },
		"the same again":             func(n uint32) uint32 { return n },
	} {
		weak, n := make([][4]byte, orders), uint32(0x1F2E3D4C)
		for i := range weak {
			binary.BigEndian.PutUint32(weak[i][:], n)
			n = next(n)
		}
		if predictable(weak) == "" {
			t.Errorf("hole: %s passed", name)
		}
	}
}
