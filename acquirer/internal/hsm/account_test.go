package hsm

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAccountsAreRead(t *testing.T) {
	for _, c := range []struct {
		data, pan string
		psn       uint8
	}{
		{"5A084111111111111111" + "5F2403491231" + "5F340101", "4111111111111111", 1},
		{"5A08378282246310005F" + "5F2403491231", "378282246310005", 0},
		{"570B4111111111111111D49122" + "5F340101", "4111111111111111", 1},
		{"570B4111111111111111D49122" + "5A084111111111111111" + "5F2403491231", "4111111111111111", 0},
		{"56" + "27" + hex.EncodeToString([]byte("B4111111111111111^CARD/VIRTUAL^49122010")) + "57104111111111111111D491220100000123", "4111111111111111", 0},
		{"9F6B134111111111111111D49122010000000000000F", "4111111111111111", 0},
		{"5A084111111111111111" + "5F2403491231" + "DF7103313233", "4111111111111111", 0},
	} {
		a, err := parseAccount(unhex(t, c.data))
		if err != nil {
			t.Fatal(err)
		}
		a.UsePAN(func(pan []byte) {
			if string(pan) != c.pan || a.PSN != c.psn || a.Expiry != [2]byte{0x49, 0x12} {
				t.Error("read wrongly")
			}
		})
		if strings.Contains(fmt.Sprintf("%v %+v %#v %x", a, *a, a, *a), "4111") || strings.Contains(fmt.Sprint(*a), "49 49 49") {
			t.Error("an account prints its PAN")
		}
		a.Wipe()
		a.UsePAN(func(pan []byte) {
			if len(pan) != 0 {
				t.Error("the PAN outlived its wipe")
			}
		})
	}
}

func TestBadAccountsAreRefused(t *testing.T) {
	for why, data := range map[string]string{
		"nothing":            "",
		"no expiry":          "5A084111111111111111",
		"no PAN":             "5F2403491231",
		"two PANs":           "570B4111111111111112D49122" + "5A084111111111111111",
		"57 without expiry":  "57094111111111111111D4",
		"digits after fill":  "5A084111111111111FF1" + "5F2403491231",
		"not digits":         "5A08411111111111111A" + "5F2403491231",
		"too short":          "5A054111111111" + "5F2403491231",
		"twenty digits":      "5A0A41111111111111111111" + "5F2403491231",
		"long sequence":      "5A084111111111111111" + "5F2403491231" + "5F34020101",
		"short expiry":       "5A084111111111111111" + "5F24024912",
		"two dates":          "570B4111111111111111D49122" + "5F2403481231",
		"one element twice":  "5A084111111111111111" + "5A084111111111111111" + "5F2403491231",
		"another element":    "5A084111111111111111" + "5F2403491231" + "5F200141",
		"two tracks":         "570B4111111111111111D49122" + "9F6B0B4111111111111111D48122",
		"track 1 of another": "5618" + hex.EncodeToString([]byte("B4111111111111112^A^4912")) + "570B4111111111111111D49122",
		"CVV2 of letters":    "5A084111111111111111" + "5F2403491231" + "DF7103414243",
		"a long CVV2":        "5A084111111111111111" + "5F2403491231" + "DF71053132333435",
		"two separators":     "570C4111111111111111D4912D2F",
		"fill in the track":  "570C4111111111111111D4912F2F",
		"a long track":       "5714" + "4111111111111111" + "D491220100000000000000" + "00",
		"something behind":   "5A084111111111111111" + "5F2403491231" + "00",
		"longer length form": "5A81084111111111111111" + "5F2403491231",
	} {
		if _, err := parseAccount(unhex(t, data)); err != ErrAccount { //nolint:errorlint // exactly this one
			t.Errorf("%s: %v", why, err)
		}
	}
}

func FuzzAccount(f *testing.F) {
	f.Add(unhex(f, "5A0841111111111111115F24034912315F340101"))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := parseAccount(b)
		if err != nil {
			return
		}
		a.UsePAN(func(pan []byte) {
			for _, c := range pan {
				if c < '0' || c > '9' {
					t.Error("a PAN with another character than digits")
				}
			}
			if len(pan) < 12 || len(pan) > 19 {
				t.Errorf("a PAN of %d digits", len(pan))
			}
		})
	})
}

func TestAStripeIsTakenApart(t *testing.T) {
	a, err := parseAccount(unhex(t, "57114111111111111111D4912201123451239F"))
	if err != nil || a.ServiceCode() != "201" {
		t.Fatalf("service code %q, %v", a.ServiceCode(), err)
	}
	if !a.useValue(func(v [valueSize]byte) {
		if string(v[:]) != "123" {
			t.Error("another value")
		}
	}) {
		t.Error("no value")
	}
	if strings.Contains(fmt.Sprintf("%v %+v %#v", a, *a, *a), "49 50 51") {
		t.Error("an account prints its stripe")
	}
	short, err := parseAccount(unhex(t, "570F4111111111111111D4912201123451"))
	if err != nil || short.useValue(func([valueSize]byte) {}) {
		t.Error("a value is found where there is none")
	}
}

func TestAStaticTrackIsMadeFromTheBook(t *testing.T) {
	a, err := parseAccount(unhex(t, "9F6B134111111111111111D49122011234567890123F"))
	if err != nil {
		t.Fatal(err)
	}
	for discretionary, want := range map[string]string{
		"":              "4111111111111111d49122010000000000000f",
		"99":            "4111111111111111d49122019900000000000f",
		"1234567890123": "4111111111111111d49122011234567890123f",
	} {
		a.UsePAN(func(pan []byte) {
			if got := hex.EncodeToString(a.static(pan, discretionary)); got != want {
				t.Errorf("%q: another track", discretionary)
			}
		})
	}
}

func TestEachEntryModeHasItsOwnAccountData(t *testing.T) {
	pan, track := "5A084111111111111111"+"5F2403491231", "57114111111111111111D4912201123451239F"
	dynamic, value := "9F6B134111111111111111D49122010000000000000F", "DF7103313233"
	for _, c := range []struct {
		data string
		fit  []hostspec.EntryMode
	}{
		{pan, []hostspec.EntryMode{hostspec.EntryChip, hostspec.EntryContactlessChip}},
		{track, []hostspec.EntryMode{hostspec.EntryChip, hostspec.EntryContactlessChip, hostspec.EntryStripe, hostspec.EntryStripeShort, hostspec.EntryFallback}},
		{dynamic, []hostspec.EntryMode{hostspec.EntryContactlessStripe}},
		{pan + value, []hostspec.EntryMode{hostspec.EntryKeyed}},
		{track + value, nil},
		{track + dynamic, nil},
	} {
		a, err := parseAccount(unhex(t, c.data))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range hostspec.EntryModes() {
			if a.Fits(m.Content()) != slices.Contains(c.fit, m) {
				t.Errorf("%d elements under %s", len(a.tags), m)
			}
		}
	}
}

// FuzzCanonicalTrack2 packs what was read again.
func FuzzCanonicalTrack2(f *testing.F) {
	f.Add(unhex(f, "4111111111111111D4912201123451239F"))
	f.Add(unhex(f, "378282246310005D49122011234500000F"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, ok := parseTrack2(b)
		if !ok {
			return
		}
		a := newAccount(r.pan, r.expiry)
		a.stripe = sensitive.New(r.rest)
		discretionary := ""
		if len(r.rest) > serviceSize {
			discretionary = string(r.rest[serviceSize:])
		}
		a.UsePAN(func(pan []byte) {
			if !bytes.Equal(a.static(pan, discretionary), b) {
				t.Error("not canonical")
			}
		})
	})
}

func FuzzTrack1(f *testing.F) {
	f.Add([]byte("B4111111111111111^CARD/VIRTUAL^49122010"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, ok := parseTrack1(b)
		if ok && (!isDigits(r.pan) || len(r.pan) < minPAN || len(r.pan) > maxPAN || len(r.rest) != 0) {
			t.Error("no account number")
		}
	})
}
