package remoteload

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	encoding "encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// envelope is an EnvelopedData, taken apart.
type envelope struct {
	recipient  []byte // issuer and serial number, DER
	sealedKey  []byte
	keyLength  int
	iv         []byte
	ciphertext []byte
}

func parseEnvelope(content []byte) (*envelope, bool) {
	input := cryptobyte.String(content)
	body := input
	if !input.PeekASN1Tag(asn1.INTEGER) && (!input.ReadASN1(&body, asn1.SEQUENCE) || !input.Empty()) { // a published host leaves the SEQUENCE out
		return nil, false
	}
	e := &envelope{}
	var recipients, recipient, sealed cryptobyte.String
	var version int
	ok := body.ReadASN1Integer(&version) && version == 0 && body.ReadASN1(&recipients, asn1.SET) &&
		body.ReadASN1(&sealed, asn1.SEQUENCE) && body.Empty() &&
		recipients.ReadASN1(&recipient, asn1.SEQUENCE) && recipients.Empty() && // one recipient
		e.takeRecipient(recipient) && e.takeSealed(sealed)
	return e, ok
}

func (e *envelope) takeRecipient(r cryptobyte.String) bool {
	var id, algorithm, sealed cryptobyte.String
	var version int
	ok := r.ReadASN1Integer(&version) && version == 0 && r.ReadASN1Element(&id, asn1.SEQUENCE) &&
		r.ReadASN1(&algorithm, asn1.SEQUENCE) && isOAEP(algorithm) && r.ReadASN1(&sealed, asn1.OCTET_STRING) && r.Empty()
	e.recipient, e.sealedKey = id, sealed
	return ok
}

// isOAEP accepts OAEP with SHA-256 for both of its hashes, written as RFC 8017 has it
// or without the context tags, and no label.
func isOAEP(algorithm cryptobyte.String) bool {
	var o encoding.ObjectIdentifier
	var params cryptobyte.String
	if !algorithm.ReadASN1ObjectIdentifier(&o) || !o.Equal(oidOAEP()) || !algorithm.ReadASN1(&params, asn1.SEQUENCE) || !algorithm.Empty() {
		return false
	}
	return isHash(part(&params, 0)) && isMask(part(&params, 1)) && (params.Empty() || isNoLabel(part(&params, 2)) && params.Empty())
}

// part takes the next parameter, with its context tag or without, as an element.
func part(s *cryptobyte.String, n uint8) cryptobyte.String {
	var tagged, element cryptobyte.String
	if s.PeekASN1Tag(explicit(n)) {
		_ = s.ReadASN1(&tagged, explicit(n)) // what is malformed leaves nothing, which nothing accepts
		return tagged
	}
	_ = s.ReadASN1Element(&element, asn1.SEQUENCE)
	return element
}

func isHash(s cryptobyte.String) bool { return isAlgorithm(s, oidSHA256()) }

func isMask(s cryptobyte.String) bool {
	var mask cryptobyte.String
	var o encoding.ObjectIdentifier
	return s.ReadASN1(&mask, asn1.SEQUENCE) && s.Empty() && mask.ReadASN1ObjectIdentifier(&o) &&
		o.Equal(encoding.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}) && isHash(mask)
}

func isNoLabel(s cryptobyte.String) bool {
	var source, label cryptobyte.String
	var o encoding.ObjectIdentifier
	return s.ReadASN1(&source, asn1.SEQUENCE) && s.Empty() && source.ReadASN1ObjectIdentifier(&o) &&
		o.Equal(encoding.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 9}) && source.ReadASN1(&label, asn1.OCTET_STRING) && len(label) == 0 && source.Empty()
}

func (e *envelope) takeSealed(s cryptobyte.String) bool {
	var kind, cipherID encoding.ObjectIdentifier
	var algorithm, iv, content cryptobyte.String
	ok := s.ReadASN1ObjectIdentifier(&kind) && kind.Equal(oidData()) && s.ReadASN1(&algorithm, asn1.SEQUENCE) &&
		algorithm.ReadASN1ObjectIdentifier(&cipherID) && algorithm.ReadASN1(&iv, asn1.OCTET_STRING)
	if !ok {
		return false
	}
	at := &s
	if !algorithm.Empty() { // a published host has the content here
		at = &algorithm
	}
	ok = at.ReadASN1(&content, asn1.Tag(0).ContextSpecific()) && s.Empty() && algorithm.Empty()
	e.keyLength, e.iv, e.ciphertext = keyLength(cipherID), iv, content
	return ok && e.keyLength != 0 && len(iv) == aes.BlockSize && len(content) > 0 && len(content)%aes.BlockSize == 0
}

// open deciphers the content in place.
func (e *envelope) open(own *x509.Certificate, key *rsa.PrivateKey) ([]byte, error) {
	if !bytes.Equal(e.recipient, identity(own)) {
		return nil, ErrRecipient
	}
	session, err := rsa.DecryptOAEP(sha256.New(), nil, key, e.sealedKey, nil)
	if err != nil || len(session) != e.keyLength {
		return nil, ErrSeal
	}
	defer clear(session)
	b, err := aes.NewCipher(session)
	if err != nil {
		return nil, ErrSeal
	}
	clearText := bytes.Clone(e.ciphertext)
	cipher.NewCBCDecrypter(b, e.iv).CryptBlocks(clearText, clearText)
	n := int(clearText[len(clearText)-1])
	if n == 0 || n > aes.BlockSize || !bytes.Equal(clearText[len(clearText)-n:], bytes.Repeat([]byte{byte(n)}, n)) {
		clear(clearText)
		return nil, ErrSeal
	}
	return clearText[:len(clearText)-n], nil // authentic already: the signature is over the ciphertext
}
