package virtualcard

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// Certificates are what one application holds for offline data authentication
// on one interface: tags as a terminal reads them, and the card's own keys.
type Certificates struct {
	Index           byte `json:"ca_index"`                   // 8F
	Issuer          Hex  `json:"issuer"`                     // 90
	IssuerRemainder Hex  `json:"issuer_remainder,omitempty"` // 92
	IssuerExponent  Hex  `json:"issuer_exponent"`            // 9F32
	Static          Hex  `json:"static,omitempty"`           // 93

	Card          Hex    `json:"card,omitempty"`           // 9F46
	CardRemainder Hex    `json:"card_remainder,omitempty"` // 9F48
	Key           RSAKey `json:"key,omitzero"`             // its exponent is 9F47

	PIN          Hex    `json:"pin,omitempty"`           // 9F2D
	PINRemainder Hex    `json:"pin_remainder,omitempty"` // 9F2F
	PINKey       RSAKey `json:"pin_key,omitzero"`        // its exponent is 9F2E
}

// Certificate formats and algorithms (EMV 4.4 Book 2, clauses 5.1 and 6.1).
const (
	formatIssuer  = 0x02
	formatStatic  = 0x03
	formatCard    = 0x04
	formatDynamic = 0x05
	algorithmSHA1 = 0x01
	algorithmRSA  = 0x01
)

// issuerCertificate gives 90 and 92 for an issuer identifier of 4 bytes.
func (s Scheme) issuerCertificate(identifier []byte) (cert, remainder []byte, err error) {
	left, remainder := s.Issuer.split(len(s.CA.Modulus) - 36)
	head := append([]byte{formatIssuer}, identifier...)
	head = append(head, packed(s.Expiry)...)
	head = append(head, 0x00, 0x00, 0x01) // serial
	head = append(head, algorithmSHA1, algorithmRSA, byte(len(s.Issuer.Modulus)), byte(len(s.Issuer.Exponent)))
	cert, err = s.CA.sign(append(head, left...), append(append([]byte(nil), remainder...), s.Issuer.Exponent...))
	return cert, remainder, err
}

// cardCertificate gives 9F46 and 9F48, or 9F2D and 9F2F where static is nil.
func (s Scheme) cardCertificate(pan string, k RSAKey, static []byte) (cert, remainder []byte, err error) {
	left, remainder := k.split(len(s.Issuer.Modulus) - 42)
	head := append([]byte{formatCard}, digitsF(pan, 10)...)
	head = append(head, packed(s.Expiry)...)
	head = append(head, 0x00, 0x00, 0x01)
	head = append(head, algorithmSHA1, algorithmRSA, byte(len(k.Modulus)), byte(len(k.Exponent)))
	tail := append(append([]byte(nil), remainder...), k.Exponent...)
	cert, err = s.Issuer.sign(append(head, left...), append(tail, static...))
	return cert, remainder, err
}

// staticSignature is 93.
func (s Scheme) staticSignature(static []byte) ([]byte, error) {
	return s.Issuer.sign([]byte{formatStatic, algorithmSHA1, 0xDA, 0xC0}, static)
}

// digitsF packs digits into n bytes, F behind them.
func digitsF(digits string, n int) []byte {
	for len(digits) < 2*n {
		digits += "F"
	}
	return packed(digits)
}

// files are the records of SFI 4, and 9F49 and 9F4A with them. The longest
// signature has a record of its own.
func (c *Certificates) files() []file {
	var first, third, fourth []byte
	first = tlv.Append(first, tag8FCAIndex, []byte{c.Index})
	first = tlv.Append(first, tag9F32IssuerExponent, c.IssuerExponent)
	first = tlv.Append(first, tag9F4AStaticTagList, []byte{0x82})
	first = appendSome(first, tag92IssuerRemainder, c.IssuerRemainder)
	out := []file{{sfi: 4, number: 1, body: first}, {sfi: 4, number: 2, body: appendSome(nil, tag90IssuerCertificate, c.Issuer)}}
	add := func(body []byte) {
		if len(body) > 0 {
			out = append(out, file{sfi: 4, number: byte(len(out) + 1), body: body})
		}
	}
	add(appendSome(nil, tag93StaticSignature, c.Static))
	if len(c.Card) > 0 {
		third = tlv.Append(third, tag9F47CardExponent, c.Key.Exponent)
		third = tlv.Append(third, tag9F49DDOL, []byte{0x9F, 0x37, 0x04})
		third = appendSome(third, tag9F48CardRemainder, c.CardRemainder)
	}
	add(third)
	add(appendSome(nil, tag9F46CardCertificate, c.Card))
	if len(c.PIN) > 0 {
		fourth = tlv.Append(fourth, tag9F2EPINExponent, c.PINKey.Exponent)
		fourth = appendSome(fourth, tag9F2FPINRemainder, c.PINRemainder)
	}
	add(fourth)
	add(appendSome(nil, tag9F2DPINCertificate, c.PIN))
	return out
}

func appendSome(dst []byte, tag tlv.Tag, value []byte) []byte {
	if len(value) == 0 {
		return dst
	}
	return tlv.Append(dst, tag, value)
}
