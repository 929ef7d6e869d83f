package unseal

import (
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/scan"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/account"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func accountData(t testing.TB) []byte {
	t.Helper()
	digits, err := scan.GeneratePAN("476173", 16)
	if err != nil {
		t.Fatal(err)
	}
	packed := make([]byte, 8)
	for i, d := range digits {
		packed[i/2] |= (d - '0') << (4 * (1 - i%2))
	}
	return tlv.AppendList(nil, tlv.List{{Tag: 0x5A, Value: packed}, {Tag: 0x5F24, Value: []byte{0x28, 0x12, 0x31}}})
}

func packed(t testing.TB, data, chip []byte) []byte {
	t.Helper()
	b, err := contents.Pack(make([]byte, 0, contents.SealedSize), data, chip)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestValuesAreThoseOfTheReader(t *testing.T) {
	var a account.Account
	e, err := All(packed(t, accountData(t), []byte{0x9C, 1, 0x20, 0x95, 0}), &a)
	if err != nil || a.PAN.Zero() {
		t.Fatal(err)
	}
	if !e.Is(0x9C, []byte{0x20}) || e.Is(0x9C, []byte{0x00}) || e.Is(0x9C, nil) || !e.Is(0x95, nil) || e.Is(0x9A, nil) {
		t.Error("another value, or one that is not there")
	}
}

func TestContentsThatAreNotCanonicalAreRefused(t *testing.T) {
	data := accountData(t)
	tail := packed(t, data, nil)
	tail[len(tail)-1] = 1
	for name, b := range map[string][]byte{
		"short":               tail[:100],
		"bytes behind":        tail,
		"no account":          packed(t, nil, []byte{0x9C, 1, 0}),
		"broken chip data":    packed(t, data, []byte{0x9C, 2, 0}),
		"length not minimal":  packed(t, data, []byte{0x9C, 0x81, 1, 0}),
		"padded chip data":    packed(t, data, []byte{0x9C, 1, 0, 0}),
		"tag twice":           packed(t, data, []byte{0x9C, 1, 0, 0x9C, 1, 0x20}),
		"template":            packed(t, data, []byte{0x77, 3, 0x9C, 1, 0}),
		"track 2 elsewhere":   packed(t, data, []byte{0x57, 1, 0x47}),
		"PAN elsewhere":       packed(t, data, []byte{0x5A, 1, 0x47}),
		"name elsewhere":      packed(t, data, []byte{0x5F, 0x20, 1, 'A'}),
		"expiry elsewhere":    packed(t, data, []byte{0x5F, 0x24, 3, 0x28, 0x12, 0x31}),
		"contactless track 1": packed(t, data, []byte{0x56, 1, 'B'}),
		"contactless track 2": packed(t, data, []byte{0x9F, 0x6B, 1, 0x47}),
		"long sequence":       packed(t, data, []byte{0x5F, 0x34, 2, 0, 1}),
	} {
		var a account.Account
		if _, err := All(b, &a); !errors.Is(err, ErrContents) || a != (account.Account{}) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFirstEnvelopeNeedsNoChipData(t *testing.T) {
	var a account.Account
	if err := Account(packed(t, accountData(t), nil), &a); err != nil || a.PAN.Zero() {
		t.Error(err)
	}
	if err := Account(make([]byte, contents.Size), &a); !errors.Is(err, ErrContents) || !a.PAN.Zero() {
		t.Errorf("zeros: %v", err)
	}
}

// FuzzCanonicalContents: what parses was written in the one form.
func FuzzCanonicalContents(f *testing.F) {
	data := accountData(f)
	f.Add(data, []byte{0x9C, 1, 0x20, 0x5F, 0x34, 1, 7})
	f.Add(data, []byte{})
	f.Fuzz(func(t *testing.T, data, chip []byte) {
		b, err := contents.Pack(make([]byte, 0, contents.SealedSize), data, chip)
		if err != nil {
			return
		}
		var a account.Account
		e, err := All(b, &a)
		if err != nil {
			return
		}
		if string(tlv.AppendList(nil, e.list)) != string(chip) {
			t.Fatal("a second form of the same chip data")
		}
	})
}

func TestAChainIsReadLikeOtherContents(t *testing.T) {
	chain := func(data, certificates []byte) []byte {
		b, err := contents.PackChain(make([]byte, 0, contents.SealedChainSize), data, certificates)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	data := accountData(t)
	long := tlv.Append(nil, tlv.Tag90IssuerCertificate, make([]byte, 248))
	long = tlv.Append(long, contents.TagStatic, make([]byte, 6<<10))
	for name, c := range map[string]struct {
		plaintext []byte
		good      bool
	}{
		"certificates and long records": {chain(data, long), true},
		"certificate twice":             {chain(data, append(long, 0x90, 0)), false},
		"PAN beside the account":        {chain(data, append(long, 0x5A, 1, 0x47)), false},
		"no account":                    {chain(nil, long), false},
		"cut off":                       {chain(data, long)[:contents.ChainSize-1], false},
	} {
		var a account.Account
		e, err := Chain(c.plaintext, &a)
		if (err == nil) != c.good || a.PAN.Zero() == c.good {
			t.Errorf("%s: %v", name, err)
		}
		if v, there := e.Value(contents.TagStatic); there != c.good || c.good && len(v) != 6<<10 {
			t.Errorf("%s: %d bytes", name, len(v))
		}
	}
}
