package hostmsg

import (
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// Card is what request and reversal tell of the card in clear.
type Card struct {
	Entry       hostspec.EntryMode
	Sequence    uint8 // 0 to 99
	HasSequence bool
}

// PIN is the PIN pad's block, which only the acquirer can open.
type PIN struct {
	KSN   [12]byte
	Block [16]byte // ISO 9564-1 format 4
}

// Request is what an 0200 carries beside its terms.
type Request struct {
	KSN     [12]byte // the terminal's, of this message
	Card    Card
	Account []byte        // sealed account data
	ICC     []byte        // DE 55, see ICC and Checksum; nil for a stripe and a keyed card
	PIN     *PIN          // nil where no online PIN was entered
	Token   payment.Token // under which the acquirer keeps the card, where he shall
}

// Request builds an 0200 without its MAC. The result has hostspec.MACSize bytes
// of room.
func (ms *Messages) Request(t *call.Terms, r *Request) ([]byte, error) {
	k, _ := kindOf(t)
	return ms.request(k.mti, t, r)
}

// Offline builds the 0220 or 0221 of what the card approved by itself, likewise.
func (ms *Messages) Offline(mti string, t *call.Terms, r *Request) ([]byte, error) {
	return ms.request(mti, t, r)
}

func (ms *Messages) request(mti string, t *call.Terms, r *Request) ([]byte, error) {
	if err := CheckTerms(t); err != nil {
		return nil, err
	}
	m := startFinancial(mti, t, r.Card)
	setAdditional(m, t)
	private := hostspec.AppendPrivate(nil, hostspec.Element{Tag: hostspec.PrivateKSN, Value: r.KSN[:]})
	if r.PIN != nil {
		m.Set(dePIN, r.PIN.Block[:])
		private = hostspec.AppendPrivate(private, hostspec.Element{Tag: hostspec.PrivatePINKSN, Value: r.PIN.KSN[:]})
	}
	private = hostspec.AppendPrivate(private, hostspec.Element{Tag: hostspec.PrivateAccount, Value: r.Account})
	if t.Store {
		private = hostspec.AppendPrivate(private, hostspec.Element{Tag: hostspec.PrivateToken, Value: r.Token[:]})
	}
	m.Set(dePrivate, withPartial(private, t))
	if r.ICC != nil {
		m.Set(deICC, r.ICC)
	}
	return ms.pack(m)
}

// withPartial permits the host to approve less.
func withPartial(private []byte, t *call.Terms) []byte {
	if !t.Partial {
		return private
	}
	return hostspec.AppendPrivate(private, hostspec.Element{Tag: hostspec.PrivatePartial, Value: []byte{1}})
}

// setAdditional names what of the amount is cash and what is tip.
func setAdditional(m *codec.Message, t *call.Terms) {
	currency := string(decimal(uint64(t.Currency), 3))
	var all []hostspec.Additional
	for _, a := range []struct {
		kind   hostspec.AmountType
		amount payment.Amount
	}{{hostspec.AmountCashback, t.Cashback}, {hostspec.AmountTip, t.Tip}} {
		if a.amount > 0 {
			all = append(all, hostspec.Additional{Account: "00", Type: a.kind, Currency: currency, Debit: true, Amount: int64(a.amount)})
		}
	}
	if len(all) > 0 {
		m.Set(deAdditional, hostspec.AppendAdditional(nil, all...))
	}
}
