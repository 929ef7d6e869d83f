package attestation

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"math/big"
)

const domain = "strongroom attestation report 1\x00"

// Digest is what is signed of a body, and what a TPM's quote is made over.
func Digest(body []byte) [32]byte { return sha256.Sum256(append([]byte(domain), body...)) }

// Evidence is a signed report with what its verification needs.
type Evidence struct {
	Body        []byte
	Signature   [SignatureSize]byte
	Certificate []byte // X.509, DER
	Quote       []byte // of a TPM, over Digest(Body); may be empty
}

// Sign makes the evidence of a report. key is ECDSA on P-256.
func Sign(r Report, key crypto.Signer, certificate []byte) (Evidence, error) {
	body, err := r.Encode()
	if err != nil {
		return Evidence{}, err
	}
	return SignBody(body, key, certificate)
}

// SignBody is Sign for a report that was encoded before, for a quote.
func SignBody(body []byte, key crypto.Signer, certificate []byte) (Evidence, error) {
	e := Evidence{Body: body, Certificate: certificate}
	digest := Digest(body)
	der, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return Evidence{}, errors.New("attestation: signing failed")
	}
	var s struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &s); err != nil || len(rest) != 0 || s.R.BitLen() > 256 || s.S.BitLen() > 256 {
		return Evidence{}, errors.New("attestation: the key is not on P-256")
	}
	s.R.FillBytes(e.Signature[:32])
	s.S.FillBytes(e.Signature[32:])
	return e, nil
}

// signedBy verifies the signature alone.
func (e Evidence) signedBy(key *ecdsa.PublicKey) bool {
	if key.Curve != elliptic.P256() {
		return false
	}
	digest := Digest(e.Body)
	r, s := new(big.Int).SetBytes(e.Signature[:32]), new(big.Int).SetBytes(e.Signature[32:])
	return ecdsa.Verify(key, digest[:], r, s)
}

// Encode lays evidence out.
func (e Evidence) Encode() ([]byte, error) {
	if len(e.Body) > MaxBody || len(e.Certificate) > MaxCertificate || len(e.Quote) > MaxQuote {
		return nil, ErrMalformed
	}
	b := putBytes([]byte{version}, e.Body)
	b = putBytes(append(b, e.Signature[:]...), e.Certificate)
	return putBytes(b, e.Quote), nil
}

func putBytes(b, v []byte) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(v))), v...)
}

// ParseEvidence reads evidence; nothing in it is verified. Its slices share memory
// with b. What it accepts encodes to the same bytes.
func ParseEvidence(b []byte) (Evidence, error) {
	var e Evidence
	c := cutter{rest: b}
	if len(b) > MaxEvidence || c.number(1) != version {
		return e, ErrMalformed
	}
	e.Body = c.take(int(c.number(2)))
	e.Signature = [SignatureSize]byte(c.take(SignatureSize))
	e.Certificate = c.take(int(c.number(2)))
	e.Quote = c.take(int(c.number(2)))
	if c.short || len(c.rest) != 0 || len(e.Body) > MaxBody || len(e.Certificate) > MaxCertificate || len(e.Quote) > MaxQuote {
		return Evidence{}, ErrMalformed
	}
	return e, nil
}
