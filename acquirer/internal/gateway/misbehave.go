package gateway

import (
	"math/rand/v2"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

// misbehaviour draws a fault for a small share of the messages about money, so that
// nobody comes to rely on a host that always answers. Its zero value draws none.
type misbehaviour struct {
	provisioning.Misbehaviour
	random   *rand.Rand
	requests int
}

func newMisbehaviour(m provisioning.Misbehaviour) misbehaviour {
	return misbehaviour{Misbehaviour: m, random: rand.New(rand.NewPCG(m.Seed, 0))} //nolint:gosec // to be repeatable is the point
}

// draw returns the fault for the next message, empty for most.
func (m *misbehaviour) draw(mti string) Fault {
	switch mti {
	case hostspec.MTIRequest, hostspec.MTIAuthorisation:
		m.requests++
	case hostspec.MTIAdvice, hostspec.MTIAdviceRepeat, hostspec.MTIReversal, hostspec.MTIReversalRepeat, hostspec.MTISettlement, hostspec.MTIItems:
	default:
		return Fault{}
	}
	if m.random == nil || m.requests <= m.Undisturbed || m.random.IntN(1000) >= m.PerMille {
		return Fault{}
	}
	return m.choose()
}

// choose draws what goes wrong: a third is late, and a quarter of that too late.
func (m *misbehaviour) choose() Fault {
	switch m.random.IntN(3) {
	case 0:
		return Fault{Kind: FaultDropAfterBooking}
	case 1:
		return Fault{Kind: FaultDuplicate}
	}
	late := 1_000 + m.random.IntN(3_000)
	if m.random.IntN(4) == 0 {
		late = int(hostspec.AnswerDeadline.Milliseconds()) + 1_000
	}
	return Fault{Kind: FaultDelay, DelayMillis: late}
}

// Misbehave has the gateway spoil a share of its answers from now on.
func (g *Gateway) Misbehave(m provisioning.Misbehaviour) error {
	if !m.Valid() {
		return errFault
	}
	g.faults.misbehave(m)
	if m.PerMille > 0 {
		g.log.Warn("this acquirer misbehaves on purpose: it answers late, not at all, or twice",
			"per_mille", m.PerMille, "seed", m.Seed, "undisturbed_requests", m.Undisturbed)
	}
	return nil
}
