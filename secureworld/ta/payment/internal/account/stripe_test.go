package account

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func TestTracksOfAStripeNameOneCard(t *testing.T) {
	pan, other := canary(t, "541333", 16), canary(t, "541333", 16)
	one := func(s string) tlv.Element { return tlv.Element{Tag: 0x56, Value: []byte(s)} }
	two := tlv.Element{Tag: 0x57, Value: pack(pan + "D28122011234F")}
	for name, c := range map[string]struct {
		data []byte
		good bool
	}{
		"both tracks":            {objects(one("B"+pan+"^TEST/CARD^2812201123"), two), true},
		"track 2 alone":          {objects(two), true},
		"track 1 alone":          {objects(one("B" + pan + "^TEST/CARD^2812201123")), false},
		"track 1 of another":     {objects(one("B"+other+"^TEST/CARD^2812201123"), two), false},
		"another expiry":         {objects(one("B"+pan+"^TEST/CARD^2912201123"), two), false},
		"format A":               {objects(one("A"+pan+"^TEST/CARD^2812201123"), two), false},
		"no second separator":    {objects(one("B"+pan+"^TEST/CARD"), two), false},
		"three separators":       {objects(one("B"+pan+"^TEST^CARD^2812201"), two), false},
		"nothing behind":         {objects(one("B"+pan+"^TEST/CARD^"), two), false},
		"letters in the number":  {objects(one("B"+pan[:15]+"A^TEST/CARD^2812201"), two), false},
		"lower case":             {objects(one("B"+pan+"^test/card^2812201"), two), false},
		"contactless alone":      {objects(tlv.Element{Tag: 0x9F6B, Value: pack(pan + "D28122011234F")}), true},
		"contactless of another": {objects(two, tlv.Element{Tag: 0x9F6B, Value: pack(other + "D28122011234F")}), false},
		"contactless, other day": {objects(two, tlv.Element{Tag: 0x9F6B, Value: pack(pan + "D29122011234F")}), false},
	} {
		var a Account
		err := a.Parse(c.data)
		if (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && !bytes.Equal(a.AppendTLV(nil), c.data) {
			t.Errorf("%s: the acquirer gets other objects", name)
		}
	}
}

func TestTheServiceCodeSaysWhetherThereIsAChip(t *testing.T) {
	pan := canary(t, "476173", 16)
	for service, chip := range map[string]bool{"201": true, "601": true, "221": true, "101": false, "120": false, "701": false} {
		var a Account
		if err := a.Parse(objects(tlv.Element{Tag: 0x57, Value: pack(pan + "D2812" + service + "1234F"[:4])})); err != nil {
			t.Fatal(err)
		}
		if a.HasChip() != chip {
			t.Errorf("%s: want %v", service, chip)
		}
	}
}

func TestKeyedCardsAreCheckedLikeOthers(t *testing.T) {
	pan := canary(t, "476173", 16)
	keyed := func(number, expiry, code string) []byte {
		b := make([]byte, keyedSize)
		copy(b, number)
		copy(b[MaxPAN:], expiry)
		copy(b[MaxPAN+4:], code)
		return b
	}
	wrong := []byte(pan)
	wrong[15] = '0' + (wrong[15]-'0'+1)%10
	for name, c := range map[string]struct {
		data []byte
		good bool
	}{
		"three digits":      {keyed(pan, "2812", "123"), true},
		"four digits":       {keyed(pan, "2812", "1234"), true},
		"no code":           {keyed(pan, "2812", ""), false},
		"two digits":        {keyed(pan, "2812", "12"), false},
		"no such month":     {keyed(pan, "2813", "123"), false},
		"no expiry":         {keyed(pan, "", "123"), false},
		"wrong check digit": {keyed(string(wrong), "2812", "123"), false},
		"no number":         {keyed("", "2812", "123"), false},
		"letters":           {keyed("47617390010100A0", "2812", "123"), false},
		"short":             {keyed(pan, "2812", "123")[1:], false},
	} {
		var a Account
		if err := a.Keyed(c.data); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
		if !c.good && a != (Account{}) {
			t.Errorf("%s: something is left", name)
		}
	}
	var a Account
	if err := a.Keyed(keyed(pan, "2802", "123")); err != nil {
		t.Fatal(err)
	}
	want := objects(tlv.Element{Tag: 0x5A, Value: pack(pan)}, tlv.Element{Tag: 0x5F24, Value: []byte{0x28, 0x02, 0x28}},
		tlv.Element{Tag: 0xDF71, Value: []byte("123")})
	if !bytes.Equal(a.AppendTLV(nil), want) {
		t.Error("the acquirer gets other objects")
	}
}
