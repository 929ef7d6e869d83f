package emv

import (
	"crypto/sha1" //nolint:gosec // as the standard has it
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// newAuthBench has a card that authenticates itself by method ("sda", "dda",
// "cda") and the keys that verify it.
func newAuthBench(t testing.TB, method string, change func(*virtualcard.Profile)) (*bench, Config) {
	t.Helper()
	b := newBench(t)
	b.profile.ODA = method
	if change != nil {
		change(&b.profile)
	}
	var key virtualcard.RSAKey
	b.scheme, key = testScheme(t)
	var err error
	if b.profile, err = virtualcard.PersonaliseWith(b.profile, b.scheme, key); err != nil {
		t.Fatal(err)
	}
	return b, authConfig(t, b.scheme)
}

// testScheme has keys made for tests: CA 1408 bits, issuer 1152, card 1024.
func testScheme(t testing.TB) (virtualcard.Scheme, virtualcard.RSAKey) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "internal", "virtualcard", "testdata", "scheme.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		virtualcard.Scheme
		Card virtualcard.RSAKey `json:"card"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	v.RID = unhex(t, "A000000003")
	return v.Scheme, v.Card
}

// authConfig announces SDA, DDA, CDA, online and enciphered PIN, signature and
// no CVM.
func authConfig(t testing.TB, s virtualcard.Scheme) Config {
	c, k := testConfig(t, "A0000000031010"), s.Public()
	c.Capabilities = Hex{0x60, 0x78, 0xC8}
	c.ODA = &ODA{MinBits: 1024, Keys: []CAKey{{
		RID: Hex(k.RID), Index: Hex(k.Index), Modulus: Hex(k.Modulus), Exponent: Hex(k.Exponent), Check: Hex(k.Check),
	}}}
	return c
}

// offline lets the terminal approve by itself what the default action codes do
// not doubt.
func offline(c Config) Config {
	c.TerminalType = Hex{0x22}
	a := &c.Applications[0]
	a.OfflineApproval, a.FloorLimit = true, 100_000
	a.TACOnline, a.TACDefault = Hex{0xF8, 0x50, 0xA0, 0xF8, 0x00}, Hex{0xF8, 0x50, 0xA0, 0x00, 0x00}
	return c
}

// enciphered does what payment application and PIN pad do: it verifies the chain
// and enciphers the next PIN. No PIN left: the bench's PIN result.
func (b *bench) enciphered(tx *Transaction, a Action) Input {
	b.tries = append(b.tries, a.Tries)
	if len(b.tries) > len(b.pins) {
		return PIN(b.pin)
	}
	l, err := tlv.Parse(tx.PINChain(nil))
	if err != nil {
		b.t.Fatal(err)
	}
	block := unhex(b.t, "24"+b.pins[len(b.tries)-1]+"FFFFFFFFFF")
	m := slices.Concat([]byte{0x7F}, block, value(b.t, l, TagPINChallenge))
	k := b.pinKey(tx, l)
	m = append(m, make([]byte, len(k.Modulus)-len(m))...)
	c := new(big.Int).Exp(new(big.Int).SetBytes(m), new(big.Int).SetBytes(k.Exponent), new(big.Int).SetBytes(k.Modulus))
	return Enciphered(c.FillBytes(make([]byte, len(k.Modulus))))
}

// pinKey verifies the chain that PINChain gave.
func (b *bench) pinKey(tx *Transaction, l tlv.List) oda.PublicKey {
	get := func(tag tlv.Tag) []byte { v, _ := l.Find(tag); return v }
	pan, today := tx.card.Value(tlv.Tag5APAN), oda.Date(b.order.Date)
	keys, err := authConfig(b.t, b.scheme).ODA.set()
	if err != nil {
		b.t.Fatal(err)
	}
	issuer, err := keys.Issuer(oda.RID(get(0x84)[:5]), get(0x8F)[0], get(0x90), get(0x92), get(0x9F32), pan, today)
	if err != nil {
		b.t.Fatal(err)
	}
	key, err := oda.ICC(issuer, get(0x9F46), get(0x9F48), get(0x9F47), pan, get(TagStaticData), today)
	if _, own := l.Find(0x9F2D); own {
		key, err = oda.PINEncipherment(issuer, get(0x9F2D), get(0x9F2F), get(0x9F2E), pan, today)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return key
}

// rechecked computes the check value again.
func rechecked(k *CAKey) {
	sum := sha1.Sum(slices.Concat(k.RID, k.Index, k.Modulus, k.Exponent)) //nolint:gosec // as the standard has it
	k.Check = sum[:]
}

// serialOf opens the issuer's certificate of the bench's card: format, issuer
// identifier, expiry, serial (EMV 4.4 Book 2, clause 6.3).
func serialOf(t *testing.T, b *bench) Hex {
	t.Helper()
	k := b.scheme.CA
	m := new(big.Int).Exp(new(big.Int).SetBytes(b.profile.Certificates.Issuer),
		new(big.Int).SetBytes(k.Exponent), new(big.Int).SetBytes(k.Modulus))
	return m.FillBytes(make([]byte, len(k.Modulus)))[8:11]
}
