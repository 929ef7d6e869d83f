package main

import (
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// plan is a whole run as data: what people do, and what goes wrong. A seed makes one;
// the shrinker takes parts of it away.
type plan struct {
	Seed   uint64
	Lanes  [][]life
	STAN   uint32 // where the numbers begin
	Worn   bool   // the host key is nearly used up
	Faults []fault
}

// life is one payment: what the till asks, and what the people at the lane do.
type life struct {
	Type     payment.Type // a sale where there is none
	Amount   int64        // of a follow-up: percent of its root's
	Of       int          // how many lives back its root is; 0: none
	Stored   int          // how many lives back the acquirer was given the card that is charged; 0: there is a card
	Last     bool         // of a capture
	Code     int          // of a capture: what the issuer says to a call about its root
	Tip      int64
	Cashback int64
	Partial  bool
	Store    bool // the acquirer keeps the card
	Rekey    bool // the host key is replaced, and nothing paid
	Settle   bool // the batch is closed, and nothing paid
	Card     int  // see cardKinds
	Tap      bool
	Script   bool // its issuer has a command for the card
	Keyed    bool
	Present  int // the card comes after so many milliseconds; -1: never
	PIN      int
	Tear     int    // the card leaves at its n-th command; 0: it does not
	TearIn   string // the card leaves in this command (virtualcard's names)
	TearForm int    // before, after, behind
	Pull     int    // ms after the request went out; 0: it stays
	Gap      int    // ms before
	Away     int    // seconds for which the host cannot be reached from the beginning
	Cancel   int    // ms after; 0: not canceled
	Double   bool
	Mismatch bool // the till asks again with another body
	Abandon  bool // the till asks no more
}

// Approval codes.
const (
	codeNone = iota
	codeRight
	codeWrong
)

// What the cardholder does at the PIN pad.
const (
	pinRight = iota
	pinWrongOnce
	pinWrong
	pinCanceled
	pinNever
)

const rightPIN = "1234"

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
	p.Worn = r.chance(4)
	heat := []int{5, 25, 50, 90}[r.intn(4)] // how often a life meets a fault
	for l := range lanesPerWorld {
		lives := drawLives(r)
		for i := range lives {
			if r.chance(heat) {
				p.Faults = append(p.Faults, drawFaults(r, l, i)...)
			}
		}
		p.Lanes = append(p.Lanes, lives)
	}
	p.addReferred(newStream(seed, 3), heat)
	if r.chance(12) { // once, as it is the lane's end
		f := fault{Lane: r.intn(lanesPerWorld), Life: r.intn(livesPerLane), Kind: faultTamper, N: 1 + r.intn(20), Arg: r.intn(tamperRuns + 1)}
		p.Faults = append(p.Faults, f)
	}
	if r.chance(6) { // likewise
		f := fault{Lane: r.intn(lanesPerWorld), Life: r.intn(livesPerLane), Kind: faultLie}
		f.N, f.Arg = occasion(r, faultLie)
		p.Faults = append(p.Faults, f)
	}
	return p
}

// addReferred lets a lane's day end with a sale that is referred and captured by voice,
// out of a stream of its own: the rest of the plan is what it was before there were any.
func (p *plan) addReferred(r stream, heat int) {
	for l := range p.Lanes {
		if !r.chance(40) {
			continue
		}
		for _, v := range drawReferred(r) {
			if r.chance(heat) {
				p.Faults = append(p.Faults, drawFaults(r, l, len(p.Lanes[l]))...)
			}
			p.Lanes[l] = append(p.Lanes[l], v)
		}
	}
}
