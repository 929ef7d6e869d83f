package oda

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"testing"
)

// seen is what verification of a card row gave.
type seen struct {
	issuer, icc PublicKey
	dac         []byte
	number      []byte
	combined    Combined
}

// run verifies what the row holds. The static data of these cards are not
// published: hashes over them are left out here, and covered by the transcripts.
func (c cardRow) run(s Set, today Date) (out seen, err error) {
	if out.issuer, err = s.Issuer(RID(c.CA.RID), c.CA.Index[0], c.Cert, c.Remainder, c.Exponent, c.PAN, today); err != nil {
		return out, err
	}
	if len(c.SSAD) > 0 {
		r, ok := open(out.issuer, c.SSAD, formatStatic)
		if !ok || len(c.ExpectSSAD.Hash) > 0 && !bytes.Equal(r[len(r)-21:len(r)-1], c.ExpectSSAD.Hash) {
			return out, ErrSignature
		}
		out.dac = r[3:5]
	}
	if len(c.ICCCert) == 0 { // static data only
		return out, nil
	}
	if out.icc, err = c.unhashed(out.issuer, today); err != nil {
		return out, err
	}
	return c.dynamic(out)
}

// unhashed is ICC without the comparison of the hash.
func (c cardRow) unhashed(issuer PublicKey, today Date) (PublicKey, error) {
	r, ok := open(issuer, c.ICCCert, formatICC)
	if !ok || !sameNumber(r[2:12], c.PAN) {
		return PublicKey{}, ErrCertificate
	}
	if expired(r[12:14], today) {
		return PublicKey{}, ErrExpired
	}
	signed := signedKey{remainder: c.ICCRemainder, exponent: c.ICCExponent}
	key, ok := signed.join(r[21:len(r)-21], int(r[19]))
	if !ok {
		return PublicKey{}, ErrCertificate
	}
	return key, nil
}

func (c cardRow) dynamic(out seen) (_ seen, err error) {
	if len(c.SDAD) == 0 {
		return out, nil
	}
	if len(c.UN) == 0 {
		out.number, err = DynamicData(out.icc, c.SDAD, c.DDOL)
		return out, err
	}
	var ok bool
	if out.combined, ok = combined(out.icc, c.SDAD, [4]byte(c.UN)); !ok {
		return out, ErrSignature
	}
	out.number = out.combined.ICCDynamicNumber
	return out, nil
}

func TestThePublishedCardsVerify(t *testing.T) {
	for _, v := range everyCard(t) {
		for _, c := range v.Cards {
			out, err := c.run(mustSet(t, keysOf(v.Keys...)), c.day())
			if err != nil {
				t.Errorf("%s: %v", c.Name, err)
				continue
			}
			c.compare(t, out)
			c.wantNames(t, mustSet(t, keysOf(v.Keys...)), out)
		}
	}
}

func (c cardRow) compare(t *testing.T, out seen) {
	t.Helper()
	if !bytes.Equal(out.issuer.Modulus, c.Issuer.Modulus) || out.issuer.Bits() != c.Issuer.Bits {
		t.Errorf("%s: another issuer key", c.Name)
	}
	if c.ICC.Modulus != nil && !bytes.Equal(out.icc.Modulus, c.ICC.Modulus) || out.icc.Bits() != c.ICC.Bits {
		t.Errorf("%s: another card key", c.Name)
	}
	want := slices.Concat(c.ExpectDDA.Number, c.ExpectCDA.Number)
	if !bytes.Equal(out.number, want) || !bytes.Equal(out.dac, c.ExpectSSAD.DAC) {
		t.Errorf("%s: number %X, code %X", c.Name, out.number, out.dac)
	}
	if len(c.UN) > 0 {
		wantCombined(t, c, out.combined)
	}
}

// wantNames compares what stands in the certificates beside the keys.
func (c cardRow) wantNames(t *testing.T, s Set, out seen) {
	t.Helper()
	ca, _ := s.Find(RID(c.CA.RID), c.CA.Index[0])
	r, _ := open(ca.public(), c.Cert, formatIssuer)
	same := func(what string, got, want []byte) {
		if len(want) > 0 && !bytes.Equal(got, want) {
			t.Errorf("%s: %s is %X", c.Name, what, got)
		}
	}
	same("issuer identifier", r[2:6], c.Issuer.Identifier)
	same("issuer certificate's expiry", r[6:8], c.Issuer.Expiry)
	same("issuer certificate's serial", r[8:11], c.Issuer.Serial)
	if len(c.ICCCert) == 0 {
		return
	}
	r, _ = open(out.issuer, c.ICCCert, formatICC)
	same("name of the card", r[2:12], c.ICC.Name)
	same("card certificate's expiry", r[12:14], c.ICC.Expiry)
	same("card certificate's serial", r[14:17], c.ICC.Serial)
}

func wantCombined(t *testing.T, c cardRow, got Combined) {
	t.Helper()
	want := c.ExpectCDA
	if got.CID != want.CID[0] || !bytes.Equal(got.Cryptogram[:], want.Cryptogram) ||
		!bytes.Equal(got.TransactionDataHash[:], want.Transaction) {
		t.Errorf("%s: %+v", c.Name, got)
	}
	if _, err := CombinedData(PublicKey{}, c.SDAD, [4]byte(c.UN)); !errors.Is(err, ErrSignature) {
		t.Errorf("%s: verified without a key: %v", c.Name, err)
	}
}

func TestThePublishedAlterationsAreRefused(t *testing.T) {
	seen := 0
	for _, v := range everyCard(t) {
		for _, c := range v.Cards {
			for _, text := range c.Reject {
				altered := c
				if err := json.Unmarshal(text, &altered); err != nil {
					t.Fatal(err)
				}
				if _, err := altered.run(mustSet(t, keysOf(v.Keys...)), altered.day()); err == nil {
					t.Errorf("%s verifies with %s", c.Name, text)
				}
				seen++
			}
		}
	}
	if seen == 0 {
		t.Fatal("no alterations")
	}
}

func TestCertificatesAreValidToTheEndOfTheirMonth(t *testing.T) {
	outcome := func(err error) string {
		if errors.Is(err, ErrExpired) {
			return "expired"
		}
		return "valid"
	}
	for _, v := range everyCard(t) {
		for _, c := range v.Cards {
			issuer := PublicKey{c.Issuer.Modulus, c.Exponent}
			for _, d := range c.Dates {
				today := Date(d.Date)
				_, err := mustSet(t, keysOf(v.Keys...)).Issuer(
					RID(c.CA.RID), c.CA.Index[0], c.Cert, c.Remainder, c.Exponent, c.PAN, today)
				if got := outcome(err); d.Issuer != "" && got != d.Issuer {
					t.Errorf("%s, issuer on %X: %s", c.Name, d.Date, got)
				}
				_, err = c.unhashed(issuer, today)
				if got := outcome(err); d.ICC != "" && got != d.ICC {
					t.Errorf("%s, card on %X: %s", c.Name, d.Date, got)
				}
			}
		}
	}
}

func TestAnyOtherByteOfAnIssuerCertificateIsRefused(t *testing.T) {
	v := loadCards(t)
	s, c := mustSet(t, keysOf(v.Keys...)), v.Cards[1]
	today := Date(c.Dates[0].Date)
	for i := range c.Cert {
		altered := c
		altered.Cert = bytes.Clone(c.Cert)
		altered.Cert[i] ^= 1 << (i % 8)
		if _, err := altered.run(s, today); !errors.Is(err, ErrCertificate) {
			t.Errorf("byte %d: %v", i, err)
		}
	}
	for i := range c.SDAD {
		altered := c
		altered.SDAD = bytes.Clone(c.SDAD)
		altered.SDAD[i] ^= 1 << (i % 8)
		if _, err := altered.run(s, today); !errors.Is(err, ErrSignature) {
			t.Errorf("dynamic signature, byte %d: %v", i, err)
		}
	}
}

func TestASignatureNotBelowTheModulusIsRefused(t *testing.T) {
	c := loadCards(t).Cards[1]
	key := PublicKey{c.Issuer.Modulus, []byte{3}}
	if _, ok := key.recover(bytes.Repeat([]byte{0xFF}, len(c.Issuer.Modulus))); ok {
		t.Error("recovered")
	}
	if _, ok := key.recover(c.Issuer.Modulus); ok {
		t.Error("recovered the modulus itself")
	}
}

func TestRevokedAndUnknownAreToldApart(t *testing.T) {
	v := loadCards(t)
	c := v.Cards[0]
	today, serial := Date(c.Dates[0].Date), [3]byte{0x03, 0xDA, 0x0A}
	rid, index := RID(c.CA.RID), c.CA.Index[0]
	for name, r := range map[string]struct {
		set  Set
		want error
	}{
		"revoked":                  {mustSet(t, keysOf(v.Keys...), Revoked{rid, index, serial}), ErrRevoked},
		"another serial revoked":   {mustSet(t, keysOf(v.Keys...), Revoked{rid, index, [3]byte{}}), nil},
		"revoked under other key":  {mustSet(t, keysOf(v.Keys...), Revoked{rid, index + 1, serial}), nil},
		"no key":                   {mustSet(t, keysOf(v.Keys[1])), ErrNoCAKey},
		"key expired the day past": {mustSet(t, []CAKey{until(v.Keys[0].key(), Date{0x22, 0x05, 0x05})}), ErrExpired},
		"last day of the key":      {mustSet(t, []CAKey{until(v.Keys[0].key(), today)}), nil},
	} {
		_, err := r.set.Issuer(rid, index, c.Cert, c.Remainder, c.Exponent, c.PAN, today)
		if !errors.Is(err, r.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func until(k CAKey, last Date) CAKey {
	k.Expiry = last
	return k
}
