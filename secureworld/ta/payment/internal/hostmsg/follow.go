package hostmsg

import (
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// Stored is how a message says that no card was read.
func Stored() Card { return Card{Entry: hostspec.EntryStored} }

// Follow builds the 0100 or 0200 of what needs no card, without its MAC: a refund or
// an increment of what DE 90 names, or a charge to a stored card.
func (ms *Messages) Follow(q *call.Follow) ([]byte, error) {
	t := &q.Terms
	k, known := kindOf(t)
	if !known || k.mti == hostspec.MTIAdvice || CheckTerms(t) != nil {
		return nil, call.CodeMalformed
	}
	m := startFinancial(k.mti, t, Stored())
	setAdditional(m, t)
	private := hostspec.AppendPrivate(nil, hostspec.Element{Tag: hostspec.PrivateKSN, Value: q.KSNRequest[:]})
	if q.Origin.Type == payment.TypeNone {
		private = hostspec.AppendPrivate(private, hostspec.Element{Tag: hostspec.PrivateToken, Value: q.Token[:]})
		m.Set(dePrivate, withPartial(private, t))
		return ms.pack(m)
	}
	m.Set(dePrivate, withOrigin(withPartial(private, t), &q.Origin))
	m.Set(deOriginal, originOf(&q.Origin))
	if t.Type == payment.TypeIncrement {
		m.Set(deApproval, q.Origin.Approval[:])
	}
	return ms.pack(m)
}

// Capture builds the 0220 or 0221 that takes held money, without its MAC.
func (ms *Messages) Capture(mti string, q *call.Follow, ksn [12]byte) ([]byte, error) {
	if err := CheckTerms(&q.Terms); err != nil {
		return nil, err
	}
	last := []byte{0}
	if q.Last {
		last[0] = 1
	}
	m := startFinancial(mti, &q.Terms, Card{})
	m.Set(deApproval, q.Origin.Approval[:])
	m.Set(dePrivate, withOrigin(hostspec.AppendPrivate(nil,
		hostspec.Element{Tag: hostspec.PrivateKSN, Value: ksn[:]},
		hostspec.Element{Tag: hostspec.PrivateLast, Value: last}), &q.Origin))
	m.Set(deOriginal, originOf(&q.Origin))
	return ms.pack(m)
}

// Void builds the 0420 or 0421 that takes a complete payment back, without its MAC.
// Its terms are those of that payment.
func (ms *Messages) Void(mti string, q *call.Follow, ksn [12]byte) ([]byte, error) {
	if err := CheckTerms(&q.Terms); err != nil {
		return nil, err
	}
	m := startFinancial(mti, &q.Terms, Card{})
	if q.Origin.Approval != (payment.ApprovalCode{}) {
		m.Set(deApproval, q.Origin.Approval[:])
	}
	m.Set(dePrivate, hostspec.AppendPrivate(nil,
		hostspec.Element{Tag: hostspec.PrivateKSN, Value: ksn[:]},
		hostspec.Element{Tag: hostspec.PrivateReason, Value: []byte(hostspec.ReasonCustomer)}))
	m.Set(deOriginal, originalData(&q.Terms))
	return ms.pack(m)
}

func withOrigin(private []byte, o *call.Origin) []byte {
	return hostspec.AppendPrivate(private, hostspec.Element{Tag: hostspec.PrivateOriginal, Value: decimal(uint64(o.RRN), 12)})
}

func originOf(o *call.Origin) []byte {
	k, _ := kindOf(&call.Terms{Type: o.Type, Offline: o.Offline})
	return named(k.mti, o.STAN, o.Transmission)
}
