package main

import (
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// drawLives draws the day of a lane: sales, and what is continued.
func drawLives(r stream) (lives []life) {
	for len(lives) < livesPerLane {
		switch r.intn(13) {
		case 0:
			lives = append(lives, drawHold(r)...)
		case 1:
			lives = append(lives, drawGivenBack(r)...)
		case 2:
			lives = append(lives, drawOdd(r)...)
		case 3:
			lives = append(lives, drawStored(r)...)
		default:
			lives = append(lives, drawLife(r))
		}
	}
	return lives
}

// drawHold is a pre-authorisation with what follows it.
func drawHold(r stream) []life {
	root := drawLife(r)
	root.Type, root.Keyed, root.Mismatch = payment.TypePreauth, false, false
	all := []life{root}
	for _, t := range []payment.Type{payment.TypeIncrement, payment.TypeCapture, payment.TypeCapture, payment.TypeRefund, payment.TypeVoid} {
		if r.chance(55) {
			all = append(all, follow(r, t, len(all)))
		}
	}
	return all
}

// drawGivenBack is a sale that is refunded, or voided.
func drawGivenBack(r stream) []life {
	root := drawLife(r)
	root.Mismatch = false
	all := []life{root}
	for _, t := range []payment.Type{payment.TypeRefund, payment.TypeRefund, payment.TypeVoid} {
		if r.chance(60) {
			all = append(all, follow(r, t, len(all)))
		}
	}
	return all
}

// drawStored is a card that the acquirer is to keep, mostly, and what is charged to it
// and given back.
func drawStored(r stream) []life {
	root := drawLife(r)
	root.Keyed, root.Mismatch, root.Store = false, false, r.chance(85)
	all := []life{root}
	for range 1 + r.intn(3) {
		v := life{Amount: int64(1 + r.intn(9000)), Stored: len(all), Gap: r.intn(3000), Double: r.chance(5)}
		all = append(all, v)
		if r.chance(40) {
			all = append(all, follow(r, []payment.Type{payment.TypeRefund, payment.TypeVoid}[r.intn(2)], 1))
		}
	}
	return all
}

// drawReferred is a sale that the issuer refers, calls about it, and what follows.
func drawReferred(r stream) []life {
	root := drawLife(r)
	root.Keyed, root.Mismatch, root.Tap, root.Card = false, false, false, cardRefer
	all := []life{root}
	for range 1 + r.intn(3) {
		v := life{Type: payment.TypeCapture, Of: len(all), Amount: int64(50 + r.intn(55)), Code: codeRight, Gap: r.intn(3000), Double: r.chance(5)}
		if r.chance(30) {
			v.Code = codeWrong
		}
		if all = append(all, v); r.chance(40) {
			all = append(all, follow(r, []payment.Type{payment.TypeRefund, payment.TypeVoid}[r.intn(2)], 1))
		}
	}
	return all
}

func follow(r stream, t payment.Type, of int) life {
	v := life{Type: t, Of: of, Amount: int64(10 + r.intn(100)), Gap: r.intn(3000), Last: t == payment.TypeCapture && r.chance(40)}
	if r.chance(5) {
		v.Double = true
	}
	return v
}

// drawOdd is what happens now and then.
func drawOdd(r stream) []life {
	v := drawLife(r)
	v.Keyed = false
	switch r.intn(8) {
	case 0:
		v.Settle = true
		if r.chance(40) {
			return []life{forsaken(), {Settle: true, Away: 30 + r.intn(200)}}
		}
	case 1:
		v.Type, v.Tap, v.Card, v.Amount = payment.TypeRefund, false, cardPlain, int64(1+r.intn(6000))
	case 2:
		v.Type, v.Tap, v.Card, v.Mismatch = payment.TypeBalance, false, cardPlain, false
	case 3:
		v.Tip = v.Amount / 10
	case 4:
		v.Card, v.Tap, v.Amount = []int{cardPlain, cardPIN, cardMaster}[r.intn(3)], false, v.Amount+2
		v.Cashback, v.Tip = 1+v.Amount/3, v.Amount/10
	case 6:
		v.Rekey = true
	case 5:
		v.Card, v.Tap, v.Script = cardScript, false, true
	default:
		v.Partial, v.Card, v.Tap = true, cardPoor, false
	}
	return []life{v}
}

// forsaken is a sale that must be reversed, and whose till does not wait for that.
func forsaken() life {
	return life{Amount: 1234, Card: cardSilent, Present: 700, Abandon: true}
}

func drawLife(r stream) life {
	v := life{Amount: int64(1 + r.intn(9000)), Card: r.intn(cardRefer), Gap: r.intn(4000), Present: 500 + r.intn(4000)}
	if r.chance(60) {
		v.Card = []int{cardPlain, cardPlain, cardPIN, cardMaster, cardTap, cardTapPIN}[r.intn(6)]
	}
	v.Tap = v.Card == cardTap || v.Card == cardTapPIN
	if r.chance(3) {
		v.Keyed, v.Card, v.Tap = true, cardPlain, false
	}
	if r.chance(3) {
		v.Gap += r.intn(900_000)
	}
	if r.chance(4) {
		v.Away = 1 + r.intn(600)
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
		f := fault{Lane: l, Life: i, Kind: faultKind(r.intn(int(faultTamper)))}
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
	case faultLie:
		return 1 + r.intn(8), r.intn(20)
	case faultClock:
		return 1, []int{-3000, -60, -5, 5, 60, 3000}[r.intn(6)]
	case faultApp:
		return 1 + r.intn(4), r.intn(12)
	}
	return 1 + r.intn(8), r.intn(2)
}
