package iso7816

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

func readVectors(t testing.TB, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
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

type atrVectors struct {
	Valid []struct {
		Name, ATR, Protocol, Historical string
	}
	Invalid []struct{ Why, ATR string }
}

func TestPublishedAnswersToResetAreAcceptedOrRefused(t *testing.T) {
	var v atrVectors
	readVectors(t, "atr.json", &v)
	if len(v.Valid) == 0 || len(v.Invalid) == 0 {
		t.Fatal("no vectors")
	}
	for _, c := range v.Valid {
		got, err := ParseATR(unhex(t, c.ATR))
		if err != nil || got.Protocol.String() != c.Protocol || !bytes.Equal(got.Historical, unhex(t, c.Historical)) {
			t.Errorf("%s: %v %v", c.Name, got, err)
		}
	}
	for _, c := range v.Invalid {
		if _, err := ParseATR(unhex(t, c.ATR)); err == nil {
			t.Errorf("accepted: %s", c.Why)
		}
	}
}

func TestEveryPrefixOfAnAnswerToResetIsRefused(t *testing.T) {
	whole := unhex(t, "3BF41300FF9101717C4100DEADBEEFE6")
	for n := range whole {
		if _, err := ParseATR(whole[:n]); err == nil {
			t.Errorf("accepted %d of %d bytes", n, len(whole))
		}
	}
}

func FuzzATR(f *testing.F) {
	f.Add(unhex(f, "3BF41300FFD0000A3F0300DEADBEEFDC"))
	f.Add(unhex(f, "3B60"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if a, err := ParseATR(b); err == nil && len(a.Historical) != int(b[1]&0x0F) {
			t.Fatalf("%X: %d historical bytes", b, len(a.Historical))
		}
	})
}
