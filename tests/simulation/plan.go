package main

import "math/rand/v2"

// plan is a whole run as data: what people do, and what goes wrong. A seed makes one;
// the shrinker takes parts of it away.
type plan struct {
	Seed   uint64
	Lanes  [][]life
	STAN   uint32 // where the numbers begin
	Faults []fault
}

// life is one payment: what the till asks, and what the people at the lane do.
type life struct {
	Amount   int64
	Card     int // see cardKinds
	Tap      bool
	Keyed    bool
	Present  int // the card comes after so many milliseconds; -1: never
	PIN      int
	Tear     int    // the card leaves at its n-th command; 0: it does not
	TearIn   string // the card leaves in this command (virtualcard's names)
	TearForm int    // before, after, behind
	Pull     int    // ms after the request went out; 0: it stays
	Gap      int    // ms before
	Cancel   int    // ms after; 0: not canceled
	Double   bool
	Mismatch bool // the till asks again with another body
	Abandon  bool // the till asks no more
}

// What the cardholder does at the PIN pad.
const (
	pinRight = iota
	pinWrongOnce
	pinWrong
	pinCanceled
	pinNever
)

const rightPIN = "1234"

// stream is one source of everything that a world does not decide by rule.
type stream struct{ *rand.Rand }

func newStream(seed, what uint64) stream {
	return stream{rand.New(rand.NewPCG(seed, what))}
}

func (s stream) intn(n int) int { return s.IntN(n) }

// fill fills b.
func (s stream) fill(b []byte) {
	for i := range b {
		b[i] = byte(s.Uint32())
	}
}

// Read makes a stream an io.Reader.
func (s stream) Read(b []byte) (int, error) {
	s.fill(b)
	return len(b), nil
}

func (s stream) chance(percent int) bool { return s.IntN(100) < percent }

const (
	lanesPerWorld = 2
	livesPerLane  = 25
)

// planOf makes the plan of a seed.
func planOf(seed uint64) plan {
	p := plan{Seed: seed}
	r := newStream(seed, 1)
	if r.chance(15) {
		p.STAN = 999_999 - uint32(r.intn(60))
	}
	heat := []int{5, 25, 50, 90}[r.intn(4)] // how often a life meets a fault
	for l := range lanesPerWorld {
		var lives []life
		for i := range livesPerLane {
			lives = append(lives, drawLife(r))
			if r.chance(heat) {
				p.Faults = append(p.Faults, drawFaults(r, l, i)...)
			}
		}
		p.Lanes = append(p.Lanes, lives)
	}
	return p
}

func drawLife(r stream) life {
	v := life{Amount: int64(1 + r.intn(9000)), Card: r.intn(cardKinds), Gap: r.intn(4000), Present: 500 + r.intn(4000)}
	if r.chance(60) {
		v.Card = []int{cardPlain, cardPlain, cardPIN, cardMaster, cardTap, cardTapPIN}[r.intn(6)]
	}
	v.Tap = v.Card == cardTap || v.Card == cardTapPIN
	if r.chance(3) {
		v.Keyed, v.Card = true, cardPlain
	}
	if r.chance(3) {
		v.Gap += r.intn(900_000)
	}
	switch r.intn(24) {
	case 0:
		v.Present = -1
	case 1:
		v.Tear, v.TearForm = 1+r.intn(14), r.intn(3)
		if r.chance(50) {
			v.Tear, v.TearIn = 0, []string{"gpo", "gac1", "gac2"}[r.intn(3)]
		}
	case 2:
		v.Pull = 1 + r.intn(700)
	case 3, 4:
		v.Cancel = 1 + r.intn(12_000)
	case 5:
		v.PIN = 1 + r.intn(4)
	case 6:
		v.Double = true
	case 7:
		v.Double, v.Mismatch = true, true
	case 8:
		v.Abandon = true
	}
	return v
}

// drawFaults draws one to three for a life.
func drawFaults(r stream, l, i int) (all []fault) {
	for range 1 + r.intn(3) {
		f := fault{Lane: l, Life: i, Kind: faultKind(r.intn(int(faultKinds)))}
		if r.chance(30) {
			f.Kind = faultHostNet
		}
		f.N, f.Arg = occasion(r, f.Kind)
		all = append(all, f)
	}
	return all
}

// occasion draws when and in which form.
func occasion(r stream, k faultKind) (n, form int) {
	switch k {
	case faultCrashSecure:
		return 1 + r.intn(60), r.intn(cutForms)
	case faultCrashTerminal:
		return 1 + r.intn(20), 0
	case faultDisk:
		return 1 + r.intn(12), r.intn(diskForms)
	case faultSync:
		return 1 + r.intn(12), r.intn(2)
	case faultKeystore:
		return 1 + r.intn(3), r.intn(2)
	case faultHostNet:
		return 1 + r.intn(6), r.intn(netForms)
	case faultHost:
		return 1 + r.intn(4), r.intn(hostForms)
	case faultClock:
		return 1, []int{-3000, -60, -5, 5, 60, 3000}[r.intn(6)]
	case faultApp:
		return 1 + r.intn(4), r.intn(12)
	}
	return 1 + r.intn(8), r.intn(2)
}
