package services

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/mlkem"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// Certificate gives the public half of a private key: X.509, DER, signed by this
// device's services authority. The subject names the device, the owner and the
// algorithm; the common name is the key's label or its handle.
func (c *Session) Certificate(handle uint32) ([]byte, call.Code) {
	k, code := c.Describe(handle)
	if code != call.OK {
		return nil, code
	}
	a, err := c.s.theAuthority()
	if err != nil {
		return nil, call.CodeStorage
	}
	var der []byte
	code = use(c, handle, k.Usage, func(m private) call.Code {
		der, err = c.s.issue(a, c.owner, k, m.public())
		if err != nil || len(der) > call.MaxCertificate {
			return call.CodeInternal
		}
		return call.OK
	})
	return der, code
}

func (s *Services) issue(a *authority, o Owner, k Key, public any) ([]byte, error) {
	template := s.template(printable(k))
	template.Subject.OrganizationalUnit = append(template.Subject.OrganizationalUnit, o.name, k.Algorithm.String())
	template.KeyUsage = purpose(k, public)
	if oid, b := foreignKey(public); oid != nil {
		return issueForeign(a, template, spki{pkix.AlgorithmIdentifier{Algorithm: oid}, asn1.BitString{Bytes: b, BitLength: 8 * len(b)}})
	}
	return x509.CreateCertificate(rand.Reader, template, a.certificate, public, a.key)
}

// printable is the label where it is text, or else the handle.
func printable(k Key) string {
	for _, b := range []byte(k.Label) {
		if b < ' ' || b > '~' {
			return (&key{handle: k.Handle}).name()
		}
	}
	if k.Label == "" {
		return (&key{handle: k.Handle}).name()
	}
	return k.Label
}

func purpose(k Key, public any) x509.KeyUsage {
	if k.Usage == call.Sign {
		return x509.KeyUsageDigitalSignature
	}
	if _, ok := public.(*ecdh.PublicKey); ok {
		return x509.KeyUsageKeyAgreement
	}
	return x509.KeyUsageKeyEncipherment
}

// foreignKey: crypto/x509 makes no certificates for X25519 (RFC 8410) and ML-KEM.
func foreignKey(public any) (asn1.ObjectIdentifier, []byte) {
	switch k := public.(type) {
	case crypto.Encapsulator:
		b := k.Bytes()
		return kemOID(len(b)), b
	case *ecdh.PublicKey:
		if k.Curve() == ecdh.X25519() {
			return x25519OID(), k.Bytes()
		}
	}
	return nil, nil
}

func x25519OID() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 3, 101, 110} }

// kemOID is that of an ML-KEM public key of this size (NIST CSOR).
func kemOID(size int) asn1.ObjectIdentifier {
	last := 2
	if size == mlkem.EncapsulationKeySize1024 {
		last = 3
	}
	return asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 4, last}
}

// tbs is RFC 5280, 4.1.2; what needs no change stays as it is.
type tbs struct {
	Version            int `asn1:"optional,explicit,default:0,tag:0"`
	Serial             asn1.RawValue
	SignatureAlgorithm pkix.AlgorithmIdentifier
	Issuer             asn1.RawValue
	Validity           asn1.RawValue
	Subject            asn1.RawValue
	PublicKey          spki
	Extensions         []pkix.Extension `asn1:"omitempty,optional,explicit,tag:3"`
}

type spki struct {
	Algorithm pkix.AlgorithmIdentifier
	Key       asn1.BitString
}

type signed struct {
	TBS       asn1.RawValue
	Algorithm pkix.AlgorithmIdentifier
	Signature asn1.BitString
}

// issueForeign makes a certificate for the authority's own public key, puts the
// right one into its place and signs what came of it.
func issueForeign(a *authority, template *x509.Certificate, public spki) ([]byte, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, a.key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	like, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	var body tbs
	if _, err := asn1.Unmarshal(like.RawTBSCertificate, &body); err != nil {
		return nil, err
	}
	body.PublicKey = public
	raw, err := asn1.Marshal(body)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(raw)
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(signed{asn1.RawValue{FullBytes: raw}, body.SignatureAlgorithm, asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}})
}

var errPublic = errors.New("a public key of no known kind")

// publicKey is that of a certificate, also where crypto/x509 does not know it.
func publicKey(c *x509.Certificate) (any, error) {
	switch k := c.PublicKey.(type) {
	case nil:
	case *rsa.PublicKey:
		return k, boundedRSA(k)
	default:
		return k, nil
	}
	var info spki
	if rest, err := asn1.Unmarshal(c.RawSubjectPublicKeyInfo, &info); err != nil || len(rest) != 0 {
		return nil, errPublic
	}
	b := info.Key.RightAlign()
	switch {
	case info.Algorithm.Algorithm.Equal(x25519OID()):
		return ecdh.X25519().NewPublicKey(b)
	case len(b) == mlkem.EncapsulationKeySize768 && info.Algorithm.Algorithm.Equal(kemOID(len(b))):
		return mlkem.NewEncapsulationKey768(b)
	case len(b) == mlkem.EncapsulationKeySize1024 && info.Algorithm.Algorithm.Equal(kemOID(len(b))):
		return mlkem.NewEncapsulationKey1024(b)
	}
	return nil, errPublic
}

// boundedRSA: a larger modulus would take seconds.
func boundedRSA(k *rsa.PublicKey) error {
	if k.N.BitLen() < 2048 || k.N.BitLen() > 4096 {
		return errPublic
	}
	return nil
}
