package oda

import (
	"bytes"
	"errors"
	"testing"
)

const (
	testPAN      = "5413330089020011"
	testIssuerID = "541333FF"
	testName     = "5413330089020011FFFF"
)

func testDate() Date { return Date{0x26, 0x03, 0x01} }

type alteration struct {
	change func(*fields)
	want   error
}

// alterations hold for both kinds of certificate.
func alterations() map[string]alteration {
	return map[string]alteration{
		"nothing":                  {func(*fields) {}, nil},
		"format":                   {func(f *fields) { f.format ^= 1 }, ErrCertificate},
		"hash algorithm":           {func(f *fields) { f.hash = 2 }, ErrCertificate},
		"key algorithm":            {func(f *fields) { f.algorithm = 2 }, ErrCertificate},
		"expired":                  {func(f *fields) { f.expiry = [2]byte{0x02, 0x26} }, ErrExpired},
		"its last month":           {func(f *fields) { f.expiry = [2]byte{0x03, 0x26} }, nil},
		"no month":                 {func(f *fields) { f.expiry = [2]byte{0x13, 0x26} }, ErrExpired},
		"shorter key than sent":    {func(f *fields) { f.length-- }, ErrCertificate},
		"longer key than sent":     {func(f *fields) { f.length++ }, ErrCertificate},
		"no key":                   {func(f *fields) { f.length = 0 }, ErrCertificate},
		"key of 255 bytes":         {func(f *fields) { f.length = 255 }, ErrCertificate},
		"exponent of other length": {func(f *fields) { f.exponentBytes = 1 }, ErrCertificate},
		"exponent 2":               {func(f *fields) { f.exponent, f.exponentBytes = []byte{2}, 1 }, ErrCertificate},
		"no exponent":              {func(f *fields) { f.exponent, f.exponentBytes = nil, 0 }, ErrCertificate},
		"no remainder":             {func(f *fields) { f.remainder = nil }, ErrCertificate},
		"longer remainder": {func(f *fields) {
			f.remainder = append(bytes.Clone(f.remainder), 1)
		}, ErrCertificate},
		"even modulus": {func(f *fields) {
			f.remainder = append(bytes.Clone(f.remainder[:len(f.remainder)-1]), 2)
		}, ErrCertificate},
		"another name": {func(f *fields) { f.name[1] ^= 1 }, ErrCertificate},
		"empty name":   {func(f *fields) { copy(f.name, bytes.Repeat([]byte{0xFF}, 10)) }, ErrCertificate},
	}
}

func TestEachFieldOfAnIssuerCertificateIsChecked(t *testing.T) {
	s := newSigners()
	ca := s[0].public()
	key := withCheck(CAKey{RID: RID{0xA0}, Index: 7, Modulus: ca.Modulus, Exponent: ca.Exponent})
	set := mustSet(t, []CAKey{key})
	for name, r := range alterations() {
		f := fieldsFor(t, formatIssuer, testIssuerID, s[1].public(), s[0])
		r.change(f)
		_, err := set.Issuer(key.RID, 7, f.certify(s[0]), f.remainder, f.exponent, unhex(t, testPAN), testDate())
		if !errors.Is(err, r.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEachFieldOfACardCertificateIsChecked(t *testing.T) {
	s := newSigners()
	for name, r := range alterations() {
		f := fieldsFor(t, formatICC, testName, s[2].public(), s[1])
		f.static = []byte("static")
		r.change(f)
		cert := f.certify(s[1])
		_, err := ICC(s[1].public(), cert, f.remainder, f.exponent, unhex(t, testPAN), f.static, testDate())
		if !errors.Is(err, r.want) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := PINEncipherment(
			s[1].public(), cert, f.remainder, f.exponent, unhex(t, testPAN), testDate()); err == nil {
			t.Errorf("%s: the card's key is taken for one that PINs may be enciphered with", name)
		}
	}
}

func TestACertificateForPINsHasNoStaticData(t *testing.T) {
	s := newSigners()
	f := fieldsFor(t, formatICC, testName, s[2].public(), s[1])
	key, err := PINEncipherment(
		s[1].public(), f.certify(s[1]), f.remainder, f.exponent, unhex(t, testPAN), testDate())
	if err != nil || !bytes.Equal(key.Modulus, s[2].public().Modulus) {
		t.Error(err)
	}
}

func TestACertificateLongerThanItsKeyAllowsIsRefused(t *testing.T) {
	s := newSigners()
	f := fieldsFor(t, formatICC, testName, s[1].public(), s[2]) // 1152 bits under 1024
	if _, err := ICC(
		s[2].public(), f.certify(s[2]), f.remainder, f.exponent, unhex(t, testPAN), nil, testDate()); !errors.Is(err, ErrCertificate) {
		t.Error(err)
	}
}

func TestAnyOtherByteOfACardCertificateIsRefused(t *testing.T) {
	s := newSigners()
	f := fieldsFor(t, formatICC, testName, s[2].public(), s[1])
	cert := f.certify(s[1])
	for i := range cert {
		altered := bytes.Clone(cert)
		altered[i] ^= 1 << (i % 8)
		_, err := ICC(s[1].public(), altered, f.remainder, f.exponent, unhex(t, testPAN), nil, testDate())
		if !errors.Is(err, ErrCertificate) {
			t.Errorf("byte %d: %v", i, err)
		}
	}
	for _, length := range []int{0, 1, len(cert) - 1} {
		_, err := ICC(s[1].public(), cert[:length], f.remainder, f.exponent, unhex(t, testPAN), nil, testDate())
		if !errors.Is(err, ErrCertificate) {
			t.Errorf("%d bytes: %v", length, err)
		}
	}
}

func TestTheFrameOfASignatureIsChecked(t *testing.T) {
	key := newSigners()[1]
	block := key.block([]byte{formatStatic, 1, 0xDA, 0xC0}, []byte("static"))
	verify := func(change func([]byte)) error {
		b := bytes.Clone(block)
		change(b)
		_, err := StaticData(key.public(), key.sign(b), []byte("static"))
		return err
	}
	if err := verify(func([]byte) {}); err != nil {
		t.Error(err)
	}
	for i := range block {
		if err := verify(func(b []byte) { b[i] ^= 2 }); !errors.Is(err, ErrSignature) {
			t.Errorf("byte %d: %v", i, err)
		}
	}
}

func TestDynamicDataOfAnotherShapeAreRefused(t *testing.T) {
	key, terminal := newSigners()[2], []byte{1, 2, 3, 4}
	for name, r := range map[string]struct {
		data []byte
		want error
	}{
		"as it should be":      {[]byte{5, 1, 3, 2, 0xAA, 0xBB}, nil},
		"eight bytes":          {[]byte{5, 1, 9, 8, 1, 2, 3, 4, 5, 6, 7, 8}, nil},
		"another format":       {[]byte{3, 1, 3, 2, 0xAA, 0xBB}, ErrSignature},
		"another hash":         {[]byte{5, 2, 3, 2, 0xAA, 0xBB}, ErrSignature},
		"one byte":             {[]byte{5, 1, 2, 1, 0xAA}, ErrSignature},
		"nine bytes":           {[]byte{5, 1, 10, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9}, ErrSignature},
		"longer than the data": {[]byte{5, 1, 3, 3, 0xAA, 0xBB}, ErrSignature},
		"no data":              {[]byte{5, 1, 0}, ErrSignature},
		"longer than the key":  {[]byte{5, 1, 128 - 24, 2, 0xAA, 0xBB}, ErrSignature},
	} {
		if _, err := DynamicData(key.public(), key.seal(r.data, terminal), terminal); !errors.Is(err, r.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCombinedDataGiveTheirTail(t *testing.T) {
	key, un, tail := newSigners()[2], [4]byte{1, 2, 3, 4}, []byte("relay resistance")
	sum, _ := hash([][]byte{[]byte("pdol"), []byte("answer")})
	data := append([]byte{2, 0xAA, 0xBB, 0x80, 1, 2, 3, 4, 5, 6, 7, 8}, sum[:]...)
	data = append(data, tail...)
	sdad := key.seal(append([]byte{5, 1, byte(len(data))}, data...), un[:])
	c, err := CombinedData(key.public(), sdad, un, []byte("pdol"), []byte("answer"))
	if err != nil || !bytes.Equal(c.Tail, tail) || !bytes.Equal(c.ICCDynamicData, data) || c.CID != 0x80 {
		t.Errorf("%+v, %v", c, err)
	}
	for _, cut := range []int{0, 3, 4, 31} {
		short := key.seal(append([]byte{5, 1, byte(cut)}, data[:cut]...), un[:])
		if _, err := CombinedData(key.public(), short, un, []byte("pdol"), []byte("answer")); !errors.Is(err, ErrSignature) {
			t.Errorf("%d bytes of dynamic data: %v", cut, err)
		}
	}
}
