package hostmsg

import (
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// Reversal builds the 0420 of a request with the same terms, without its MAC:
// reason unknown outcome, no account data, no PIN, no chip data, so that it can
// lie in storage until it is needed. The result has hostspec.MACSize bytes of
// room.
func (ms *Messages) Reversal(t *call.Terms, card Card, ksn [12]byte) ([]byte, error) {
	return ms.reversal(hostspec.MTIReversal, t, card, ksn)
}

// Repeat is Reversal for the 0421, which has a KSN of its own.
func (ms *Messages) Repeat(t *call.Terms, card Card, ksn [12]byte) ([]byte, error) {
	return ms.reversal(hostspec.MTIReversalRepeat, t, card, ksn)
}

func (ms *Messages) reversal(mti string, t *call.Terms, card Card, ksn [12]byte) ([]byte, error) {
	if err := CheckTerms(t); err != nil {
		return nil, err
	}
	m := startFinancial(mti, t, card)
	m.Set(dePrivate, hostspec.AppendPrivate(nil,
		hostspec.Element{Tag: hostspec.PrivateKSN, Value: ksn[:]},
		hostspec.Element{Tag: hostspec.PrivateReason, Value: []byte(hostspec.ReasonUnknown)}))
	m.Set(deOriginal, originalData(t))
	return ms.pack(m)
}

// originalData is DE 90 (n 42): message type 4, STAN 6, transmission date and
// time 10, and the ids of acquirer and forwarder, 11 each, which this link does
// not use.
func originalData(t *call.Terms) []byte {
	k, _ := kindOf(t)
	return named(k.mti, t.STAN, t.Transmission)
}

// named is DE 90.
func named(mti string, stan payment.STAN, transmission [5]byte) []byte {
	o := hostspec.Original{MTI: mti, STAN: string(decimal(uint64(stan), 6)), Transmission: string(unpacked(transmission[:]))}
	return []byte(o.Field())
}
