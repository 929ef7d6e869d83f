package remoteload

import (
	"bytes"
	"crypto/x509"
	encoding "encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// deliver checks what was sealed — version, host, key, header — and writes the key to
// dst. The header within is the signed one.
func deliver(content []byte, host *x509.Certificate, header, dst []byte) (int, error) {
	input := cryptobyte.String(content)
	var block, id, key, attribute, values, inner cryptobyte.String
	var o encoding.ObjectIdentifier
	var version int
	ok := input.ReadASN1(&block, asn1.SEQUENCE) && input.Empty() && block.ReadASN1Integer(&version) && version == 1 &&
		block.ReadASN1Element(&id, asn1.SEQUENCE) && block.ReadASN1(&key, asn1.OCTET_STRING) &&
		block.ReadASN1(&attribute, asn1.SEQUENCE) && block.Empty() &&
		attribute.ReadASN1ObjectIdentifier(&o) && o.Equal(oidData()) && attribute.ReadASN1(&values, asn1.SET) && attribute.Empty() &&
		values.ReadASN1(&inner, asn1.OCTET_STRING) && values.Empty()
	switch {
	case !ok:
		return 0, ErrForm
	case !bytes.Equal(id, identity(host)):
		return 0, ErrSignature // sealed by one host, signed by another
	case !bytes.Equal(inner, header):
		return 0, ErrHeader
	case len(key) > maxKey || len(key) > len(dst):
		return 0, ErrHeader
	}
	return copy(dst, key), nil
}

// Expect is what a key is loaded for. Characters of an X9.143 header.
type Expect struct {
	Usage           string
	Algorithm, Mode byte
	Exportability   byte
	Size            int // of the key in bytes
}

// Header is what a host says of a key: a header in the form of X9.143 with the id of
// the key behind it, in the block IK. Version and length stand for nothing: there is
// no block.
type Header struct {
	Expect
	KeyID string // 16 hexadecimal digits in upper case; empty where there is none
}

const fixed = 16 // characters

func parseHeader(b []byte) (h Header, err error) {
	if len(b) < fixed || len(b) > maxHeader {
		return h, ErrHeader
	}
	h.Usage, h.Algorithm, h.Mode, h.Exportability = string(b[5:7]), b[7], b[8], b[11]
	switch rest := string(b[fixed:]); {
	case rest == "":
	case len(rest) == 20 && rest[:4] == "IK14": // 14: its length, 20 characters, in hexadecimal
		h.KeyID = rest[4:]
	default:
		return h, ErrHeader
	}
	return h, nil
}
