package oda

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"testing"
)

// newThree makes a key with exponent 3, which the standard library does not.
func newThree(t *testing.T, bits int) (signer, PublicKey) {
	t.Helper()
	one, three := big.NewInt(1), big.NewInt(3)
	for {
		p, errP := rand.Prime(rand.Reader, bits/2)
		q, errQ := rand.Prime(rand.Reader, bits-bits/2)
		if errP != nil || errQ != nil {
			t.Fatal(errP, errQ)
		}
		n := new(big.Int).Mul(p, q)
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		d := new(big.Int).ModInverse(three, phi)
		if d == nil || n.BitLen() != bits {
			continue
		}
		key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: 3}, D: d}
		return signer{key}, PublicKey{n.Bytes(), []byte{3}}
	}
}

// ofSize is a modulus of this many bytes: a certificate says nothing of its factors.
func ofSize(n int, exponent ...byte) PublicKey {
	m := make([]byte, n)
	if _, err := rand.Read(m); err != nil {
		panic(err)
	}
	m[0], m[n-1] = m[0]|0x80, m[n-1]|1
	return PublicKey{m, exponent}
}

// TestKeysOfEveryLengthAreRecovered: what fits stands in the certificate whole
// (Book 2, clauses 5.1 and 6.1), the last byte that does not is the remainder.
func TestKeysOfEveryLengthAreRecovered(t *testing.T) {
	long, err := rsa.GenerateKey(rand.Reader, 1984)
	if err != nil {
		t.Fatal(err)
	}
	three, public := newThree(t, 1152)
	for name, by := range map[string]struct {
		signer
		public PublicKey
	}{
		"1984 bits, exponent 65537": {signer{long}, PublicKey{long.N.Bytes(), []byte{1, 0, 1}}},
		"1152 bits, exponent 3":     {three, public},
	} {
		ca := withCheck(CAKey{RID: RID{0xA0}, Index: 7, Modulus: by.public.Modulus, Exponent: by.public.Exponent})
		set := mustSet(t, []CAKey{ca})
		size := by.Size()
		for _, n := range []int{64, 96, 112, 128, size - 42, size - 41, size - 36, size - 35, size - 1, size} {
			for _, exponent := range [][]byte{{3}, {1, 0, 1}} {
				key := ofSize(n, exponent...)
				f := fieldsFor(t, formatIssuer, testIssuerID, key, by.signer)
				got, err := set.Issuer(ca.RID, 7, f.certify(by.signer), f.remainder, f.exponent, unhex(t, testPAN), testDate())
				if err != nil || !bytes.Equal(got.Modulus, key.Modulus) || (len(f.remainder) > 0) != (n > size-36) {
					t.Errorf("%s, issuer's key of %d bytes: %v", name, n, err)
				}
				f = fieldsFor(t, formatICC, testName, key, by.signer)
				got, err = ICC(by.public, f.certify(by.signer), f.remainder, f.exponent, unhex(t, testPAN), nil, testDate())
				if err != nil || !bytes.Equal(got.Modulus, key.Modulus) || (len(f.remainder) > 0) != (n > size-42) {
					t.Errorf("%s, card's key of %d bytes: %v", name, n, err)
				}
			}
		}
	}
}

// TestAnIssuerIdentifierHasThreeToEightDigits: Book 2, clause 6.3, step 8.
func TestAnIssuerIdentifierHasThreeToEightDigits(t *testing.T) {
	s := newSigners()
	ca := s[0].public()
	key := withCheck(CAKey{RID: RID{0xA0}, Index: 7, Modulus: ca.Modulus, Exponent: ca.Exponent})
	set := mustSet(t, []CAKey{key})
	for id, want := range map[string]bool{
		"541FFFFF": true, "5413FFFF": true, "54133FFF": true, "541333FF": true, "5413330F": true, "54133300": true,
		"54FFFFFF": false, "FFFFFFFF": false, "542FFFFF": false, "54133301": false, "541F33FF": false, "5413A3FF": false,
	} {
		f := fieldsFor(t, formatIssuer, id, s[1].public(), s[0])
		_, err := set.Issuer(key.RID, 7, f.certify(s[0]), f.remainder, f.exponent, unhex(t, testPAN), testDate())
		if (err == nil) != want {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// TestACardIsNamedByItsWholeNumber: Book 2, clause 6.4, step 8; numbers have up to
// 19 digits and both sides may be padded.
func TestACardIsNamedByItsWholeNumber(t *testing.T) {
	s := newSigners()
	for name, c := range map[string]struct {
		inside, pan string
		want        bool
	}{
		"sixteen":               {"5413330089020011FFFF", "5413330089020011", true},
		"sixteen, padded":       {"5413330089020011FFFF", "5413330089020011FFFF", true},
		"fifteen":               {"374245002741006FFFFF", "374245002741006F", true},
		"nineteen":              {"5413330089020011003F", "5413330089020011003F", true},
		"one digit more inside": {"54133300890200110FFF", "5413330089020011", false},
		"one digit less inside": {"541333008902001FFFFF", "5413330089020011", false},
		"zeros for padding":     {"54133300890200110000", "5413330089020011", false},
	} {
		f := fieldsFor(t, formatICC, c.inside, s[2].public(), s[1])
		_, err := ICC(s[1].public(), f.certify(s[1]), f.remainder, f.exponent, unhex(t, c.pan), nil, testDate())
		if (err == nil) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
