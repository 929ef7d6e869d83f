package oda

import (
	"bytes"
	"testing"
)

func FuzzIssuer(f *testing.F) {
	v := loadCards(f)
	set := mustSet(f, keysOf(v.Keys...))
	for _, c := range v.Cards {
		f.Add([]byte(c.CA.RID), c.CA.Index[0], []byte(c.Cert), []byte(c.Remainder), []byte(c.Exponent), []byte(c.PAN))
	}
	f.Fuzz(func(t *testing.T, rid []byte, index byte, cert, remainder, exponent, pan []byte) {
		if len(rid) != len(RID{}) {
			return
		}
		key, err := set.Issuer(RID(rid), index, cert, remainder, exponent, pan, Date{0x25, 0x05, 0x06})
		if err == nil && key.Check() != nil {
			t.Error("gave a key that is none")
		}
	})
}

// FuzzCertificate looks behind the signature: what a key could have signed must
// not hurt, whoever holds it.
func FuzzCertificate(f *testing.F) {
	key := newSigners()[1]
	for _, c := range loadCards(f).Cards {
		f.Add([]byte(c.ICCCert), []byte(c.ICCRemainder), []byte(c.ICCExponent), []byte(c.PAN), []byte{})
	}
	f.Add([]byte{formatICC}, []byte{}, []byte{3}, []byte{0x54}, []byte("static"))
	f.Fuzz(func(t *testing.T, data, remainder, exponent, pan, static []byte) {
		data = data[:min(len(data), key.Size()-22)]
		cert := key.seal(data, remainder, exponent, static)
		got, err := ICC(key.public(), cert, remainder, exponent, pan, static, Date{0x25, 0x05, 0x06})
		if err == nil && (got.Check() != nil || got.Bits() > key.public().Bits()) {
			t.Error("gave a key that is none")
		}
	})
}

func FuzzICC(f *testing.F) {
	for _, c := range loadCards(f).Cards {
		f.Add([]byte(c.Issuer.Modulus), []byte(c.Exponent),
			[]byte(c.ICCCert), []byte(c.ICCRemainder), []byte(c.ICCExponent), []byte(c.PAN), []byte{})
	}
	f.Fuzz(func(t *testing.T, modulus, issuerExponent, cert, remainder, exponent, pan, static []byte) {
		issuer := PublicKey{modulus, issuerExponent}
		key, err := ICC(issuer, cert, remainder, exponent, pan, static, Date{0x25, 0x05, 0x06})
		if err == nil && key.Check() != nil {
			t.Error("gave a key that is none")
		}
	})
}

func FuzzStaticData(f *testing.F) {
	c := loadCards(f).Cards[0]
	f.Add([]byte(c.Issuer.Modulus), []byte(c.Exponent), []byte(c.SSAD), []byte{})
	f.Fuzz(func(t *testing.T, modulus, exponent, ssad, static []byte) {
		if _, err := StaticData(PublicKey{modulus, exponent}, ssad, static); err == nil && len(ssad) != len(modulus) {
			t.Error("verified at another length")
		}
	})
}

// FuzzCombined signs what it is given, for the same reason as FuzzCertificate.
func FuzzCombined(f *testing.F) {
	key := newSigners()[2]
	f.Add([]byte{5, 1, 3, 2, 0xAA, 0xBB}, []byte("transaction"))
	f.Add(append([]byte{5, 1, 32, 2}, make([]byte, 31)...), []byte{})
	f.Fuzz(func(t *testing.T, data, transaction []byte) {
		sdad := key.seal(data[:min(len(data), key.Size()-22)], make([]byte, 4))
		if number, err := DynamicData(key.public(), sdad, make([]byte, 4)); err == nil && (len(number) < 2 || len(number) > 8) {
			t.Error("a number of no length")
		}
		c, ok := combined(key.public(), sdad, [4]byte{})
		if ok && !bytes.HasSuffix(c.ICCDynamicData, c.Tail) {
			t.Error("the tail is not the end")
		}
		_, _ = CombinedData(key.public(), sdad, [4]byte{}, transaction)
	})
}
