package account

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/scan"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// pack packs digits and the letters D and F, an odd number padded by F.
func pack(symbols string) []byte {
	if len(symbols)%2 == 1 {
		symbols += "F"
	}
	out := make([]byte, len(symbols)/2)
	for i, s := range []byte(symbols) {
		half := s - '0'
		if s >= 'A' {
			half = s - 'A' + 10
		}
		out[i/2] |= half << (4 * (1 - i%2))
	}
	return out
}

func canary(t testing.TB, bin string, length int) string {
	t.Helper()
	digits, err := scan.GeneratePAN(bin, length)
	if err != nil {
		t.Fatal(err)
	}
	return string(digits)
}

// objects writes data objects in order.
func objects(list ...tlv.Element) []byte { return tlv.AppendList(nil, list) }

func track2(pan string) tlv.Element {
	return tlv.Element{Tag: 0x57, Value: pack(pan + "D2812201123456789")}
}
func field(pan string) tlv.Element { return tlv.Element{Tag: 0x5A, Value: pack(pan)} }

var expiry = tlv.Element{Tag: 0x5F24, Value: []byte{0x28, 0x12, 0x31}}

func TestAccountOfEveryLengthIsReadFromEitherField(t *testing.T) {
	for length := 12; length <= 19; length++ {
		pan := canary(t, "476173", length)
		short := tlv.Element{Tag: 0x57, Value: pack(pan + "D2812201")}
		for name, b := range map[string][]byte{
			"both": objects(short, field(pan), expiry), "57 alone": objects(short), "5A": objects(field(pan), expiry),
		} {
			var a Account
			if err := a.Parse(b); err != nil {
				t.Fatalf("%s, %d digits: %v", name, length, err)
			}
			a.PAN.Use(func(digits []byte) {
				if string(digits) != pan {
					t.Errorf("%s, %d digits: another PAN", name, length)
				}
			})
			if got := a.PAN.Masked(); int(got.Length) != length || got.Digits() != pan[length-4:] || !got.Valid() {
				t.Errorf("%s, %d digits: masked %v", name, length, got)
			}
			if !bytes.Equal(a.AppendTLV(nil), b) {
				t.Errorf("%s, %d digits: the acquirer gets other objects", name, length)
			}
		}
	}
}

func TestLargestAccountDataFitTheirRoom(t *testing.T) {
	pan := canary(t, "476173", 19)
	track := pack(pan + "D281220112345678901"[:18])
	one := "B" + pan + "^" + strings.Repeat("A", maxFirst-1-19-2-7) + "^2812201"
	b := objects(tlv.Element{Tag: 0x56, Value: []byte(one)}, tlv.Element{Tag: 0x57, Value: track},
		tlv.Element{Tag: 0x5A, Value: pack(pan)}, expiry, tlv.Element{Tag: 0x5F34, Value: []byte{0x99}},
		tlv.Element{Tag: 0x9F6B, Value: track})
	var a Account
	if err := a.Parse(b); err != nil {
		t.Fatal(err)
	}
	a.code = code{digits: [4]byte{'1', '2', '3', '4'}, length: 4} // never beside tracks; here for its length
	room := make([]byte, 0, MaxTLV)
	if out := a.AppendTLV(room); len(out) != MaxTLV || &out[0] != &room[:1][0] {
		t.Errorf("%d bytes, room for %d", len(out), MaxTLV)
	}
}

func TestPaddingOfCardsIsAccepted(t *testing.T) {
	pan := canary(t, "476173", 16)
	for name, b := range map[string][]byte{
		"5A of ten bytes":   objects(tlv.Element{Tag: 0x5A, Value: pack(pan + "FFFF")}, expiry),
		"57 with more F":    objects(tlv.Element{Tag: 0x57, Value: pack(pan + "D2812201FFF")}),
		"objects not known": objects(field(pan), expiry, tlv.Element{Tag: 0x5F20, Value: []byte("TEST/CARD")}),
	} {
		var a Account
		if err := a.Parse(b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAccountDataThatAreMalformedOrContradictAreRefused(t *testing.T) {
	pan, other := canary(t, "476173", 16), canary(t, "411111", 16)
	wrong := []byte(pan)
	wrong[15] = '0' + (wrong[15]-'0'+1)%10
	element := func(tag tlv.Tag, value []byte) tlv.Element { return tlv.Element{Tag: tag, Value: value} }
	for name, b := range map[string][]byte{
		"nothing":             nil,
		"no TLV":              {0x57},
		"length not minimal":  append([]byte{0x5A, 0x81, 0x08}, pack(pan)...),
		"no PAN":              objects(expiry),
		"no expiry":           objects(field(pan)),
		"check digit":         objects(field(string(wrong)), expiry),
		"check digit in 57":   objects(track2(string(wrong))),
		"two PANs":            objects(track2(pan), field(other), expiry),
		"11 digits":           objects(field(canary(t, "476173", 12)[:11]), expiry),
		"20 digits":           objects(field("00000000000000000000"), expiry),
		"20 digits in 57":     objects(track2("00000000000000000000")),
		"empty 5A":            objects(element(0x5A, []byte{}), expiry),
		"5A of padding":       objects(element(0x5A, []byte{0xFF, 0xFF}), expiry),
		"5A too long":         objects(element(0x5A, pack(pan+"FFFFFF")), expiry),
		"letter in 5A":        objects(element(0x5A, pack(pan[:15]+"D")), expiry),
		"F inside 5A":         objects(element(0x5A, pack(pan[:8]+"F"+pan[8:])), expiry),
		"57 without rest":     objects(element(0x57, pack(pan))),
		"57 without service":  objects(element(0x57, pack(pan+"D2812"))),
		"57 too long":         objects(element(0x57, pack(pan+"D2812201000000000000000"))),
		"two separators":      objects(element(0x57, pack(pan+"D2812D201123"))),
		"F inside 57":         objects(element(0x57, pack(pan+"D2812F201123"))),
		"month 13":            objects(element(0x57, pack(pan+"D2813201123"))),
		"month 00":            objects(element(0x57, pack(pan+"D2800201123"))),
		"5F24 disagrees":      objects(track2(pan), element(0x5F24, []byte{0x28, 0x11, 0x30})),
		"5F24 short":          objects(track2(pan), element(0x5F24, []byte{0x28, 0x12})),
		"5F24 no digits":      objects(track2(pan), element(0x5F24, []byte{0x28, 0x12, 0x3A})),
		"5F24 day 32":         objects(field(pan), element(0x5F24, []byte{0x28, 0x12, 0x32})),
		"5F34 two bytes":      objects(track2(pan), element(0x5F34, []byte{0, 1})),
		"5F34 no digits":      objects(track2(pan), element(0x5F34, []byte{0x0A})),
		"5A twice":            objects(field(pan), field(pan), expiry),
		"template":            objects(field(pan), expiry, element(0x70, nil)),
		"padding of a record": append(objects(field(pan), expiry), 0),
	} {
		var a Account
		if err := a.Parse(b); !errors.Is(err, ErrAccount) {
			t.Errorf("%s: %v", name, err)
		}
		if a != (Account{}) {
			t.Errorf("%s: something was kept", name)
		}
	}
	var a Account
	if err := a.Parse(objects(track2(pan), field(pan), expiry)); err != nil {
		t.Errorf("control: %v", err)
	}
}

func TestSequenceNumberIsDecimalAndSetOnce(t *testing.T) {
	var a Account
	if _, there := a.Sequence(); there {
		t.Error("a sequence number out of nothing")
	}
	if !a.SetSequence(0x42) || !a.SetSequence(0x42) || a.SetSequence(0x43) {
		t.Error("a contradiction was accepted, or a repetition refused")
	}
	if n, there := a.Sequence(); !there || n != 42 {
		t.Errorf("%d", n)
	}
}

func TestNoPANEqualsNone(t *testing.T) {
	var a, b PAN
	if a.Equal(&b) {
		t.Error("none equals none")
	}
	long := canary(t, "476173", 16)
	if !a.set([]byte(long)) || a.Equal(&b) {
		t.Error("a PAN equals none")
	}
	b.Copy(&a)
	if !a.Equal(&b) {
		t.Error("a copy is not equal")
	}
	b.Wipe()
	if !b.Zero() || b != (PAN{}) || b.Masked() != (payment.MaskedPAN{}) {
		t.Error("wiped, and something is left")
	}
}

func TestFillIsThePANAndZeros(t *testing.T) {
	var p PAN
	digits := canary(t, "476173", 16)
	p.set([]byte(digits))
	dst := [MaxPAN]byte(bytes.Repeat([]byte{0xEE}, MaxPAN))
	p.Fill(&dst)
	if string(dst[:]) != digits+"\x00\x00\x00" {
		t.Error("something else was sealed")
	}
}

func TestNumberIsFoundWithinMessages(t *testing.T) {
	for length := 12; length <= 19; length++ {
		digits := canary(t, "476173", length)
		var p PAN
		p.set([]byte(digits))
		for name, needle := range map[string][]byte{
			"ASCII": []byte(digits), "packed": pack(digits), "packed at the low half": pack("0" + digits),
		} {
			b := append(append([]byte("before"), needle...), "behind"...)
			if !p.Within(b) || !p.Within(needle) {
				t.Errorf("%s, %d digits: not found", name, length)
			}
			changed := bytes.Clone(b)
			changed[6+len(needle)/2] ^= 0x11
			if p.Within(changed) {
				t.Errorf("%s, %d digits: found where it is not", name, length)
			}
		}
		if p.Within(nil) || p.Within([]byte(digits[:length-1])) {
			t.Errorf("%d digits: found in less", length)
		}
	}
	if new(PAN).Within(make([]byte, 64)) {
		t.Error("no PAN was found in zeros")
	}
}

func TestBrandFollowsTheIssuersNumber(t *testing.T) {
	for bin, want := range map[string]payment.Brand{
		"411111": payment.BrandVisa, "476173": payment.BrandVisa, "541333": payment.BrandMastercard,
		"222300": payment.BrandMastercard, "378282": payment.BrandAmex, "371449": payment.BrandAmex,
		"601111": payment.BrandDiscover, "305693": payment.BrandDiscover, "385200": payment.BrandDiscover,
		"356600": payment.BrandJCB, "353011": payment.BrandJCB,
	} {
		var p PAN
		if !p.set([]byte(canary(t, bin, 16))) || p.Brand() != want {
			t.Errorf("%s: %v", bin, p.Brand())
		}
	}
	if new(PAN).Brand() != payment.BrandUnknown {
		t.Error("no PAN has a brand")
	}
}

func TestBINRangesHaveOneLengthEach(t *testing.T) {
	for _, r := range binRanges() {
		if len(r.from) != len(r.to) || r.from > r.to || len(r.from) > minPAN {
			t.Errorf("%s to %s", r.from, r.to)
		}
	}
}

func TestBrandUnderAnotherSchemeIsRefused(t *testing.T) {
	for _, c := range []struct {
		bin    string
		scheme payment.Brand
		want   payment.Brand
		agrees bool
	}{
		{"476173", payment.BrandVisa, payment.BrandVisa, true},
		{"476173", payment.BrandMastercard, payment.BrandUnknown, false},
		{"541333", payment.BrandMastercard, payment.BrandMastercard, true},
		{"541333", payment.BrandVisa, payment.BrandUnknown, false},
		{"601111", payment.BrandMastercard, payment.BrandMaestro, true},
		{"601111", payment.BrandDiscover, payment.BrandDiscover, true},
		{"601111", payment.BrandJCB, payment.BrandUnknown, false},
		{"378282", payment.BrandAmex, payment.BrandAmex, true},
		{"476173", payment.BrandUnknown, payment.BrandUnknown, false},
	} {
		var p PAN
		p.set([]byte(canary(t, c.bin, 16)))
		if got, agrees := p.BrandUnder(c.scheme); got != c.want || agrees != c.agrees {
			t.Errorf("%s under %v: %v, %v", c.bin, c.scheme, got, agrees)
		}
	}
}
