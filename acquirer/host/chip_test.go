package host

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

const goodChip = "9F0206000000001299" + "9F0306000000000000" + "9F1A020280" + "95050000000000" + "5F2A020978" + "9A03260102" +
	"9C0100" + "9F370401020304" + "82021980" + "9F36020001" + "9F100706011203A00000" + "9F26081122334455667788" + "9F270180" + "9F3403420000"

func question(chip []byte) *request {
	m := codec.NewMessage(hostspec.MTIRequest)
	m.SetString(3, hostspec.ProcessingSale)
	m.SetString(4, "000000001299")
	m.SetString(49, "978")
	m.SetString(22, hostspec.EntryModeChip)
	m.SetString(25, hostspec.ConditionNormal)
	m.Set(55, chip)
	return &request{message: m}
}

func chipBytes(t testing.TB) []byte {
	t.Helper()
	b, err := hex.DecodeString(goodChip)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestChipDataAreReadInTheCardsOrder(t *testing.T) {
	n, fault := parseEntry(question(chipBytes(t)))
	c := n.chip
	if fault != "" || !c.onlinePIN() || c.atc != [2]byte{0, 1} || c.arqc[7] != 0x88 {
		t.Fatalf("fault %q", fault)
	}
	want := "000000001299" + "000000000000" + "0280" + "0000000000" + "0978" + "260102" + "00" + "01020304" + "1980" + "0001" + "06011203A00000"
	if hex.EncodeToString(c.input) != hexLower(want) {
		t.Error("another order")
	}
}

func TestBadChipDataAreAnswered(t *testing.T) {
	replace := func(old, new string) []byte {
		b, o, n := chipBytes(t), mustHex(t, old), mustHex(t, new)
		if !bytes.Contains(b, o) {
			t.Fatal("the case is stale")
		}
		return bytes.Replace(b, o, n, 1)
	}
	for why, c := range map[string]struct {
		chip []byte
		want string
	}{
		"nothing":            {[]byte{}, hostspec.ResponseFormatError},
		"another amount":     {replace("9F0206000000001299", "9F0206000000001298"), hostspec.ResponseInvalidAmount},
		"another currency":   {replace("5F2A020978", "5F2A020840"), hostspec.ResponseInvalidAmount},
		"no cryptogram":      {replace("9F26081122334455667788", ""), hostspec.ResponseFormatError},
		"a short cryptogram": {replace("9F26081122334455667788", "9F260411223344"), hostspec.ResponseFormatError},
		"a TC":               {replace("9F270180", "9F270140"), hostspec.ResponseFormatError},
		"no counter":         {replace("9F36020001", ""), hostspec.ResponseFormatError},
		"a PAN":              {replace("9F270180", "9F2701805A084111111111111111"), hostspec.ResponseFormatError},
		"track 2":            {replace("9F270180", "9F270180570841111111D0000000"), hostspec.ResponseFormatError},
		"a PAN in 70":        {replace("9F270180", "9F270180700A5A084111111111111111"), hostspec.ResponseFormatError},
		"not TLV":            {replace("9F270180", "9F2702"), hostspec.ResponseFormatError},
	} {
		if _, fault := parseEntry(question(c.chip)); fault != c.want {
			t.Errorf("%s: %q, want %q", why, fault, c.want)
		}
	}
}

func TestAnAmountOtherMayBeLeftOut(t *testing.T) {
	with, fault1 := parseEntry(question(chipBytes(t)))
	without, fault2 := parseEntry(question(bytes.Replace(chipBytes(t), mustHex(t, "9F0306000000000000"), nil, 1)))
	if fault1 != "" || fault2 != "" || !bytes.Equal(with.chip.input, without.chip.input) {
		t.Error("zeros and nothing differ")
	}
}

func FuzzChip(f *testing.F) {
	f.Add("051", chipBytes(f))
	f.Add("071", chipBytes(f))
	f.Add("911", []byte("\x9F\x36\x02\x00\x01\x9F\x61\x02\x01\x02\x9F\x6A\x04\x00\x00\x08\x99"))
	f.Fuzz(func(t *testing.T, mode string, b []byte) {
		if _, _, ok := hostspec.ParseEntryMode(mode); !ok {
			return
		}
		q := question(b)
		q.message.SetString(22, mode)
		n, fault := parseEntry(q)
		if (n.chip == nil && n.checksum == nil) == (fault == "") {
			t.Error("neither a card's data nor a fault")
		}
		if fault != "" {
			return
		}
		if list, err := tlv.Parse(b); err != nil || holdsAccount(list) {
			t.Error("account data were accepted")
		}
	})
}

func mustHex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func hexLower(s string) string { b, _ := hex.DecodeString(s); return hex.EncodeToString(b) }
