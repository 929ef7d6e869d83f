// Package customer makes references of customers: one card is one customer to a
// merchant, at every till and after every other payment, and two merchants who put
// their lists side by side find nothing in common.
//
//	operation 1    request: length(1) ‖ merchant, 1 to 32 bytes ‖ reference of the card, 16 bytes
//	               answer: 16 bytes, HMAC-SHA-256(key "customer 1", request)
//
// The card comes as the answer of PANReference, never as a PAN: what the merchant gets
// is two keys away from it.
//
// The applet imports it, and hosts for the encoding. It holds no key.
package customer

// OpReference makes a reference.
const OpReference uint32 = 1

// Codes of refusals.
const (
	CodeOperation int32 = -1
	CodeMalformed int32 = -2
	CodeFailed    int32 = -3 // the element does not do its part
)

const (
	// CardSize is the length of a card's reference.
	CardSize = 16
	// Size is the length of a customer's.
	Size = 16
	// maxMerchant is more than a card acceptor identification code (ISO 8583, field 42: 15).
	maxMerchant = 32
	label       = "customer 1"
)

// MAC is a keyed one, under the applet's key of that label.
type MAC func(label string, data []byte) ([32]byte, error)

// Customer makes references.
type Customer struct{ mac MAC }

// New makes one on a MAC.
func New(mac MAC) Customer { return Customer{mac} }

// Handle is the applet's tasdk.Handler.
func (c Customer) Handle(op uint32, request, out []byte) (n int, code int32) {
	if op != OpReference {
		return 0, CodeOperation
	}
	if !valid(request) {
		return 0, CodeMalformed
	}
	tag, err := c.mac(label, request)
	if err != nil {
		return 0, CodeFailed
	}
	return copy(out, tag[:Size]), 0
}

// valid tells whether a request has the one form that it has.
func valid(b []byte) bool {
	return len(b) > 0 && b[0] > 0 && b[0] <= maxMerchant && len(b) == 1+int(b[0])+CardSize
}

// Append encodes a request onto dst; ok is false for a merchant that cannot be.
func Append(dst []byte, merchant string, card [CardSize]byte) (out []byte, ok bool) {
	if merchant == "" || len(merchant) > maxMerchant {
		return dst, false
	}
	return append(append(append(dst, byte(len(merchant))), merchant...), card[:]...), true
}
