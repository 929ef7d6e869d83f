package oda

import (
	"encoding/hex"
	"testing"
)

func TestNamesInCertificatesAgainstPANs(t *testing.T) {
	for _, r := range []struct {
		id, name, pan string
		begins, same  bool
	}{
		{"476173FF", "4761739001010119FFFF", "4761739001010119", true, true},
		{"476173FF", "4761739001010119FFFF", "4761739001010119FFFF", true, true},
		{"476FFFFF", "4761739001010119FFFF", "4761739001010010", true, false},
		{"47617390", "4761739001010119FFFF", "476173900101011F", true, false},
		{"47617391", "4761739001010119FFFF", "4761739001010119", false, true},
		{"47FFFFFF", "4761739001010119FFFF", "4761739001010119", false, true}, // two digits
		{"FFFFFFFF", "FFFFFFFFFFFFFFFFFFFF", "4761739001010119", false, false},
		{"4761F3FF", "47617390F1010119FFFF", "4761739001010119", false, false},
		{"4761A3FF", "47617390A1010119FFFF", "47617390A1010119", false, false},
		{"476173FF", "4761739001010119FFFF", "", false, false},
		{"476173FF", "4761739001010119FFFF", "4761739001010119FFFFFF", false, false},
	} {
		id, name, pan := unhex(t, r.id), unhex(t, r.name), unhex(t, r.pan)
		if begins(id, pan) != r.begins || sameNumber(name, pan) != r.same {
			t.Errorf("%s, %s, %s", r.id, r.name, r.pan)
		}
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
