package remoteload

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	encoding "encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// signedToken is a SignedData, taken apart and not yet believed.
type signedToken struct {
	kind       encoding.ObjectIdentifier // of the content
	content    []byte
	signer     []byte // issuer and serial number, DER
	attributes []byte // as signed, but for the tag
	digest     []byte
	random     []byte
	header     []byte
	signedKind encoding.ObjectIdentifier
	signature  []byte
}

func explicit(n uint8) asn1.Tag { return asn1.Tag(n).ContextSpecific().Constructed() }

// parseSigned takes a token apart.
func parseSigned(token []byte) (*signedToken, error) {
	if len(token) > MaxToken {
		return nil, ErrForm
	}
	var info, explicitly, data, algorithms, inner, signers cryptobyte.String
	var kind encoding.ObjectIdentifier
	var version int
	input := cryptobyte.String(token)
	t := &signedToken{}
	ok := input.ReadASN1(&info, asn1.SEQUENCE) && input.Empty() &&
		info.ReadASN1ObjectIdentifier(&kind) && kind.Equal(oidSigned()) &&
		info.ReadASN1(&explicitly, explicit(0)) && info.Empty() &&
		explicitly.ReadASN1(&data, asn1.SEQUENCE) && explicitly.Empty() &&
		data.ReadASN1Integer(&version) && version == 1 &&
		data.ReadASN1(&algorithms, asn1.SET) && isAlgorithm(algorithms, oidSHA256()) &&
		data.ReadASN1(&inner, asn1.SEQUENCE) &&
		data.SkipOptionalASN1(explicit(0)) && data.SkipOptionalASN1(explicit(1)) && // certificates and lists come beside the token
		data.ReadASN1(&signers, asn1.SET) && data.Empty() &&
		t.takeContent(inner) && t.takeSigner(signers)
	if !ok {
		return nil, ErrForm
	}
	return t, nil
}

func isAlgorithm(s cryptobyte.String, want encoding.ObjectIdentifier) bool {
	var a cryptobyte.String
	var o encoding.ObjectIdentifier
	return s.ReadASN1(&a, asn1.SEQUENCE) && s.Empty() && a.ReadASN1ObjectIdentifier(&o) && o.Equal(want) &&
		a.SkipOptionalASN1(asn1.NULL) && a.Empty()
}

func (t *signedToken) takeContent(inner cryptobyte.String) bool {
	var explicitly, content cryptobyte.String
	ok := inner.ReadASN1ObjectIdentifier(&t.kind) && inner.ReadASN1(&explicitly, explicit(0)) && inner.Empty() &&
		explicitly.ReadASN1(&content, asn1.OCTET_STRING) && explicitly.Empty()
	t.content = content
	return ok
}

func (t *signedToken) takeSigner(signers cryptobyte.String) bool {
	var signer, algorithm, attributes, signature cryptobyte.String
	var id cryptobyte.String
	var version int
	ok := signers.ReadASN1(&signer, asn1.SEQUENCE) && signers.Empty() && // one signer
		signer.ReadASN1Integer(&version) && version == 1 && signer.ReadASN1Element(&id, asn1.SEQUENCE) &&
		signer.ReadASN1Element(&algorithm, asn1.SEQUENCE) && isAlgorithm(algorithm, oidSHA256()) &&
		signer.ReadASN1(&attributes, explicit(0)) &&
		signer.ReadASN1Element(&algorithm, asn1.SEQUENCE) && isAlgorithm(algorithm, oidRSA()) &&
		signer.ReadASN1(&signature, asn1.OCTET_STRING) && signer.Empty()
	t.signer, t.attributes, t.signature = id, attributes, signature
	return ok && t.takeAttributes(attributes)
}

// takeAttributes reads those that a token has, each once.
func (t *signedToken) takeAttributes(list cryptobyte.String) bool {
	for !list.Empty() {
		var attribute, values, value cryptobyte.String
		var o encoding.ObjectIdentifier
		if !list.ReadASN1(&attribute, asn1.SEQUENCE) || !attribute.ReadASN1ObjectIdentifier(&o) ||
			!attribute.ReadASN1(&values, asn1.SET) || !attribute.Empty() {
			return false
		}
		if o.Equal(oidContentType()) {
			if t.signedKind != nil || !values.ReadASN1ObjectIdentifier(&t.signedKind) || !values.Empty() {
				return false
			}
			continue
		}
		into := t.attribute(o)
		if into == nil || *into != nil || !values.ReadASN1(&value, asn1.OCTET_STRING) || !values.Empty() || len(value) == 0 {
			return false
		}
		*into = value
	}
	return t.digest != nil && t.random != nil && t.signedKind.Equal(t.kind)
}

func (t *signedToken) attribute(o encoding.ObjectIdentifier) *[]byte {
	switch {
	case o.Equal(oidDigest()):
		return &t.digest
	case o.Equal(oidRandom()):
		return &t.random
	case o.Equal(oidData()):
		return &t.header
	}
	return nil
}

// verify holds the token to the host's certificate.
func (t *signedToken) verify(host *x509.Certificate) error {
	public, ok := host.PublicKey.(*rsa.PublicKey)
	digest := sha256.Sum256(t.content)
	if !ok || !bytes.Equal(t.signer, identity(host)) || subtle.ConstantTimeCompare(digest[:], t.digest) != 1 {
		return ErrSignature
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SET, func(b *cryptobyte.Builder) { b.AddBytes(t.attributes) })
	signed := sha256.Sum256(b.BytesOrPanic())
	if rsa.VerifyPKCS1v15(public, crypto.SHA256, signed[:], t.signature) != nil {
		return ErrSignature
	}
	return nil
}

// identity is issuer and serial number of a certificate, DER.
func identity(c *x509.Certificate) []byte {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(c.RawIssuer)
		b.AddASN1BigInt(c.SerialNumber)
	})
	return b.BytesOrPanic()
}
