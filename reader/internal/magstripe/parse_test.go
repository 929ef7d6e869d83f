package magstripe

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

const (
	goodTrack1 = "%B4761739001010010^CARD/VIRTUAL^31122011234?"
	goodTrack2 = ";4761739001010010=31122010000000001?"
)

func parsed(t *testing.T, raw string, lrc bool) *Stripe {
	t.Helper()
	s, err := Parse([]byte(raw), lrc)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Wipe)
	return s
}

func TestBothTracksAreRead(t *testing.T) {
	s := parsed(t, goodTrack1+goodTrack2, false)
	if code := s.ServiceCode(); string(code[:]) != "201" || !s.Chip() || !s.HasTrack1() {
		t.Error("service code, chip or track 1")
	}
	for name, c := range map[string]struct{ got, want []byte }{
		"PAN":     {s.PAN(nil), []byte("\x47\x61\x73\x90\x01\x01\x00\x10")},
		"track 2": {s.Track2Equivalent(nil), []byte("\x47\x61\x73\x90\x01\x01\x00\x10\xD3\x11\x22\x01\x00\x00\x00\x00\x01")},
		"track 1": {s.Track1([]byte("x")), []byte("xB4761739001010010^CARD/VIRTUAL^31122011234")},
		"all":     {s.Append(nil), []byte(goodTrack1 + goodTrack2)},
	} {
		if !bytes.Equal(c.got, c.want) {
			t.Errorf("%s: % X", name, c.got)
		}
	}
	if s.Expiry() != [2]byte{0x31, 0x12} {
		t.Error("expiry")
	}
}

func TestTrack2AloneIsEnough(t *testing.T) {
	s := parsed(t, ";371449635398431=3112101123?", false)
	if s.HasTrack1() || s.Chip() || len(s.Track1(nil)) != 0 {
		t.Error("a track 1 or a chip where there is none")
	}
	if got := fmt.Sprintf("%X %X", s.PAN(nil), s.Track2Equivalent(nil)); got != "371449635398431F 371449635398431D3112101123" {
		t.Error("packing an odd number of digits")
	}
}

func TestTheFirstDigitOfTheServiceCodeTellsOfAChip(t *testing.T) {
	for first, chip := range map[string]bool{"1": false, "2": true, "5": false, "6": true, "7": false, "9": false} {
		if s := parsed(t, ";4761739001010010=3112"+first+"01?", false); s.Chip() != chip {
			t.Errorf("first digit %s: %v", first, s.Chip())
		}
	}
}

// refusals each spoil one thing of a good swipe.
func refusals() map[string]struct {
	raw  string
	want error
} {
	pad := strings.Repeat("0", 20)
	return map[string]struct {
		raw  string
		want error
	}{
		"nothing":                      {"", ErrFraming},
		"track 1 alone":                {goodTrack1, ErrFraming},
		"track 2 first":                {goodTrack2 + goodTrack1, ErrFraming},
		"two swipes glued":             {goodTrack1 + goodTrack2 + goodTrack1 + goodTrack2, ErrFraming},
		"track 2 twice":                {goodTrack2 + goodTrack2, ErrFraming},
		"half a track 2":               {goodTrack1 + goodTrack2[:20], ErrFraming},
		"no start sentinel":            {goodTrack2[1:], ErrFraming},
		"a line end inside":            {goodTrack2 + "\r", ErrFraming},
		"an LRC where none is agreed":  {goodTrack2 + "4", ErrFraming},
		"small letters":                {strings.Replace(goodTrack1, "CARD", "card", 1) + goodTrack2, ErrFraming},
		"a letter on track 2":          {strings.Replace(goodTrack2, "=311", "=A11", 1), ErrFraming},
		"track 2 too long":             {";4761739001010010=3112201000000000000000?", ErrFraming},
		"track 1 too long":             {goodTrack1[:len(goodTrack1)-1] + pad + pad + "?" + goodTrack2, ErrFraming},
		"an unreadable track 1":        {"%E?" + goodTrack2, ErrFormat},
		"format A":                     {strings.Replace(goodTrack1, "%B", "%A", 1) + goodTrack2, ErrFormat},
		"an empty track 1":             {"%?" + goodTrack2, ErrFormat},
		"a track 1 begun twice":        {"%B4761739001" + goodTrack1 + goodTrack2, ErrTrack1},
		"a third separator":            {strings.Replace(goodTrack1, "1234?", "12^4?", 1) + goodTrack2, ErrTrack1},
		"name of one letter":           {strings.Replace(goodTrack1, "CARD/VIRTUAL", "C", 1) + goodTrack2, ErrTrack1},
		"name of 27 letters":           {strings.Replace(goodTrack1, "CARD/VIRTUAL", strings.Repeat("C", 27), 1) + goodTrack2, ErrTrack1},
		"no expiry on track 1":         {"%B4761739001010010^CARD/VIRTUAL^^2011234?" + goodTrack2, ErrTrack1},
		"no expiry":                    {";4761739001010010==2010000000001?", ErrTrack2},
		"no separator":                 {";4761739001010010?", ErrTrack2},
		"no service code":              {";4761739001010010=3112?", ErrTrack2},
		"month 13":                     {strings.Replace(goodTrack2, "=3112", "=3113", 1), ErrTrack2},
		"month 0":                      {strings.Replace(goodTrack2, "=3112", "=3100", 1), ErrTrack2},
		"a separator behind the data":  {strings.Replace(goodTrack2, "1?", "=?", 1), ErrTrack2},
		"a sentinel within track 2":    {strings.Replace(goodTrack2, "000001?", "000;01?", 1), ErrTrack2},
		"check digit":                  {strings.Replace(goodTrack2, "0010=", "0011=", 1), ErrPAN},
		"PAN of eleven digits":         {";47617390014=31122010000?", ErrPAN},
		"PAN of twenty digits":         {";47617390010100100000=3112201?", ErrPAN},
		"a colon in the PAN":           {";476173900101001:=3112201?", ErrPAN},
		"another PAN on track 1":       {strings.Replace(goodTrack1, "10010^", "10028^", 1) + goodTrack2, ErrDisagree},
		"another expiry on track 1":    {strings.Replace(goodTrack1, "^3112", "^3111", 1) + goodTrack2, ErrDisagree},
		"spaces in the PAN of track 1": {"%B4761 7390 0101 0010^CARD/VIRTUAL^31122011234?" + goodTrack2, ErrPAN},
	}
}

func TestEveryRefusalIsNamedAndQuotesNothing(t *testing.T) {
	for name, c := range refusals() {
		s, err := Parse([]byte(c.raw), false)
		if s != nil || !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "4761") {
			t.Errorf("%s: the error quotes", name)
		}
	}
}

// The LRCs were counted column by column, not taken from this package.
func TestAnLRCIsChecked(t *testing.T) {
	for name, c := range map[string]struct {
		raw  string
		want error
	}{
		"right":              {";4761739001010010=3112201?3", nil},
		"right on both":      {"%B4761739001010010^AB^3112201?A" + ";4761739001010010=3112201?3", nil},
		"wrong":              {";4761739001010010=3112201?2", ErrLRC},
		"wrong on track 1":   {"%B4761739001010010^AB^3112201?H" + ";4761739001010010=3112201?3", ErrLRC},
		"missing":            {";4761739001010010=3112201?", ErrLRC},
		"two digits swapped": {";4761739001010010=3112021?3", nil}, // the LRC's own limit
		"one digit changed":  {";4761739001010010=3112202?3", ErrLRC},
	} {
		s, err := Parse([]byte(c.raw), true)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if s != nil {
			s.Wipe()
		}
	}
}

func TestTheLongestTracksFit(t *testing.T) {
	two := ";6011000000000000001=3112201" + strings.Repeat("0", 10) + "?" // 39 and the LRC
	one := "%B6011000000000000001^" + strings.Repeat("N", 26) + "^3112201" + strings.Repeat("0", 21) + "?"
	if len(two) != maxTrack2-1 || len(one) != maxTrack1-1 {
		t.Fatal("the test's tracks are not the longest")
	}
	s := parsed(t, one+two, false)
	if n := len(s.Track2Equivalent(nil)); n != 19 {
		t.Errorf("tag 57 has %d bytes", n)
	}
}

func TestAWipedStripeHoldsAndGivesNothing(t *testing.T) {
	s := parsed(t, goodTrack1+goodTrack2, false)
	var held []byte
	s.text.Use(func(b []byte) { held = b })
	s.Wipe()
	if !bytes.Equal(held, make([]byte, len(held))) || len(held) == 0 {
		t.Error("the tracks outlived their wipe")
	}
	if len(s.PAN(nil))+len(s.Track2Equivalent(nil))+len(s.Track1(nil))+len(s.Append(nil)) != 0 || s.ServiceCode() != [3]byte{} || s.Chip() {
		t.Error("a wiped stripe gives something")
	}
}

func TestPrintingShowsNoDigit(t *testing.T) {
	s := parsed(t, goodTrack1+goodTrack2, false)
	for _, v := range []any{s, *s, Swipe{Stripe: s}, &Swipe{Stripe: s}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			out := fmt.Sprintf(verb, v)
			if strings.Contains(out, "476173") || strings.Contains(out, "52 55 54") || strings.Contains(out, "343736") {
				t.Errorf("%T printed with %s shows the PAN", v, verb)
			}
		}
	}
}

func FuzzCanonicalStripe(f *testing.F) {
	f.Add([]byte(goodTrack1+goodTrack2), false)
	f.Add([]byte(goodTrack2), false)
	f.Add([]byte("%B4761739001010010^AB^3112201?A;4761739001010010=3112201?3"), true)
	for _, c := range refusals() {
		f.Add([]byte(c.raw), false)
	}
	f.Fuzz(func(t *testing.T, raw []byte, lrc bool) {
		s, err := Parse(raw, lrc)
		if err != nil {
			return
		}
		defer s.Wipe()
		canonical := s.Append(nil)
		if !lrc && !bytes.Equal(canonical, raw) {
			t.Fatal("a swipe has two forms")
		}
		again, err := Parse(canonical, false)
		if err != nil || !bytes.Equal(again.Append(nil), canonical) || !bytes.Equal(again.Track2Equivalent(nil), s.Track2Equivalent(nil)) {
			t.Fatal("the canonical form is not its own")
		}
		if n := len(s.Track2Equivalent(nil)); n < 10 || n > 19 {
			t.Fatalf("tag 57 has %d bytes", n)
		}
	})
}
