package hsm

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
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
