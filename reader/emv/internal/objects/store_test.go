package objects

import "testing"

func TestNamesFromTheCardAreHeldToPrintableText(t *testing.T) {
	for text, want := range map[string]bool{
		"VISA TEST": true, "APP 7": true, "": false, "12345678901234567": false, "4761739001010010": false,
		"A\x1b[2J": false, "caf\xe9": false, "CARD 123456": true, "CARD 1234567": false,
	} {
		if Printable([]byte(text)) != want {
			t.Errorf("%q: want %v", text, want)
		}
	}
}

func TestTheStoreReplacesInPlaceAndForgets(t *testing.T) {
	s := NewStore(8)
	if !s.Add(0x50, []byte("1234")) || s.Add(0x50, []byte("5")) || !s.Set(0x50, []byte("abcd")) || len(s.buf) != 4 {
		t.Fatal("adding or replacing failed")
	}
	if s.Add(0x51, []byte("too much")) {
		t.Error("more than the store holds was taken")
	}
	s.Drop(0x50)
	if s.Has(0x50) || string(s.buf[:4]) != "\x00\x00\x00\x00" {
		t.Error("a dropped value is still there")
	}
}
