package hostmsg

import (
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
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
	Account []byte // sealed account data
	ICC     []byte // DE 55, see ICC and Checksum; nil for a stripe and a keyed card
	PIN     *PIN   // nil where no online PIN was entered
}

// Request builds an 0200 without its MAC. The result has hostspec.MACSize bytes
// of room.
func (ms *Messages) Request(t *call.Terms, r *Request) ([]byte, error) {
	if err := CheckTerms(t); err != nil {
		return nil, err
	}
	m := startFinancial(hostspec.MTIRequest, t, r.Card)
	private := hostspec.AppendPrivate(nil, hostspec.Element{Tag: hostspec.PrivateKSN, Value: r.KSN[:]})
	if r.PIN != nil {
		m.Set(dePIN, r.PIN.Block[:])
		private = hostspec.AppendPrivate(private, hostspec.Element{Tag: hostspec.PrivatePINKSN, Value: r.PIN.KSN[:]})
	}
	m.Set(dePrivate, hostspec.AppendPrivate(private, hostspec.Element{Tag: hostspec.PrivateAccount, Value: r.Account}))
	if r.ICC != nil {
		m.Set(deICC, r.ICC)
	}
	return ms.pack(m)
}
