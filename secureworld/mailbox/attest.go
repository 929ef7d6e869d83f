package mailbox

import "github.com/strongroom-pos/strongroom/secureworld/payment"

// Kinds of what the secure world says of itself under its own keys.
const (
	KindAttest   byte = 0x08
	KindProve    byte = 0x09
	KindEvidence byte = 0x88
	KindProof    byte = 0x89
)

// Attest asks for a report of the device, signed, over a nonce.
type Attest struct{ Nonce payment.Digest }

// Evidence answers Attest: what package attestation draws. The kernel makes it from
// what it and boot measured; none of it came from a card or from a trusted
// application.
type Evidence struct {
	Evidence Opaque `max:"3911"`
}

// Prove asks the kernel to prove that it may use its licence.
type Prove struct{ Challenge payment.Digest }

// Proof answers Prove: what package licensing draws.
type Proof struct {
	Nonce     payment.Digest // the kernel's own
	Binding   payment.Digest // of this session
	Licence   payment.Digest // SHA-256 of it
	Signature Opaque         `max:"64"`
}

// Attest asks for evidence over a nonce.
func (c *Client) Attest(nonce payment.Digest) ([]byte, error) {
	e, err := call[Evidence](c, KindAttest, Attest{Nonce: nonce})
	return e.Evidence, err
}

// Prove asks for a proof of the licence.
func (c *Client) Prove(challenge payment.Digest) (Proof, error) {
	return call[Proof](c, KindProve, Prove{Challenge: challenge})
}

// attestMessages are further ones in which an Opaque may stand.
func attestMessages() []any { return []any{Attest{}, Evidence{}, Prove{}, Proof{}} }
