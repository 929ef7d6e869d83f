package group

import "testing"

// model is the window as its comment says it: every counter once, none that is
// windowSize or more behind the highest.
type model struct {
	top  uint64
	used map[uint64]bool
}

func (m *model) use(c uint64) bool {
	if m.used[c] || c < m.top && m.top-c >= windowSize {
		return false
	}
	m.used[c], m.top = true, max(m.top, c)
	return true
}

func FuzzAWindowIsWhatItSays(f *testing.F) {
	f.Add([]byte{1, 2, 3, 3, 200, 1, 255, 255, 9})
	f.Add([]byte{0, 128, 64, 192, 129, 130, 64})
	f.Fuzz(func(t *testing.T, steps []byte) {
		var w window
		m := model{used: make(map[uint64]bool)}
		at := uint64(80000)
		for _, s := range steps {
			// Small steps and jumps, forward and back.
			switch delta := uint64(s & 63); s >> 6 {
			case 0:
				at += delta
			case 1:
				at -= delta
			case 2:
				at += delta * 1071
			default:
				at -= delta * 497
			}
			if at == 0 || at > 1<<40 {
				at = 80000
			}
			free := w.open(at)
			if got, want := w.use(at), m.use(at); got != want || free != want {
				t.Fatalf("counter %d, highest %d: %v, should be %v", at, m.top, got, want)
			}
		}
	})
}

func TestAReleasedCounterIsFreeAgain(t *testing.T) {
	var w window
	if !w.use(7) || w.use(7) {
		t.Fatal("7")
	}
	w.release(7)
	if !w.use(7) {
		t.Error("not free")
	}
	w.use(7 + windowSize)
	w.release(7) // its place is another's now
	if w.use(7) || w.use(7+windowSize) {
		t.Error("releasing an old one freed another")
	}
}

func TestARepeatedShareIsSeenUntilItIsForgotten(t *testing.T) {
	s := newShares()
	share := func(n int) []byte { return []byte{byte(n), byte(n >> 8), 31: 1} }
	for n := range maxShares {
		if !s.fresh(share(n)) || s.fresh(share(n)) {
			t.Fatalf("share %d", n)
		}
	}
	if s.fresh(share(0)) || !s.fresh(share(maxShares)) || !s.fresh(share(0)) {
		t.Error("the oldest is not the one that is forgotten")
	}
	if len(s.seen) != maxShares || len(s.order) != maxShares {
		t.Errorf("%d remembered", len(s.seen))
	}
}
