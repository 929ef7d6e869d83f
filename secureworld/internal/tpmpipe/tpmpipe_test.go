package tpmpipe

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"testing"
)

func messages() []Message {
	return []Message{Started{[32]byte{1}, [32]byte{2}}, Quote{[32]byte{3}}, Done{}, Quoted{make([]byte, MaxQuote)}, Failed{FaultFull},
		Seal{}, Unseal{make([]byte, MaxSealed)}, Sealed{[]byte{1}}, Unsealed{make([]byte, SecretSize)}}
}

func TestMessagesArriveAsTheyWereSent(t *testing.T) {
	var pipe bytes.Buffer
	for _, m := range messages() {
		if err := Write(&pipe, m); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range messages() {
		if got, err := Read(&pipe); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v, %v; want %v", got, err, want)
		}
	}
	if _, err := Read(&pipe); !errors.Is(err, io.EOF) {
		t.Errorf("the end came as %v", err)
	}
}

func TestWhatIsNoMessageIsRefused(t *testing.T) {
	for name, b := range map[string][]byte{
		"nothing":            {0, 0},
		"too long":           append([]byte{6, 2}, make([]byte, maxFrame+1)...),
		"cut":                {0, 33, byte(KindQuote), 1},
		"a kind there isn't": {0, 1, 0x55},
		"a short digest":     {0, 2, byte(KindQuote), 1},
		"an empty quote":     {0, 1, byte(KindQuoted)},
		"a fault that isn't": {0, 2, byte(KindFailed), 99},
		"nothing to unseal":  {0, 1, byte(KindUnseal)},
		"nothing sealed":     {0, 1, byte(KindSealed)},
		"a short secret":     {0, 2, byte(KindUnsealed), 1},
		"too long to unseal": append([]byte{2, 2, byte(KindUnseal)}, make([]byte, MaxSealed+1)...),
	} {
		if m, err := Read(bytes.NewReader(b)); err == nil {
			t.Errorf("%s: %v", name, m)
		}
	}
	if Write(io.Discard, Quoted{make([]byte, MaxQuote+1)}) == nil {
		t.Error("a quote too long is written")
	}
}

func TestEveryFaultHasItsOwnWord(t *testing.T) {
	seen := map[string]bool{}
	for f := FaultForeign; f.Valid(); f++ {
		if seen[f.Error()] || f.Error() == "fault 0" {
			t.Errorf("%d is called %q", f, f)
		}
		seen[f.Error()] = true
	}
}

func FuzzCanonicalMessage(f *testing.F) {
	for _, m := range messages() {
		b, err := Encode(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Parse(b)
		if err != nil {
			return
		}
		if again, err := Encode(m); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%x became %x, %v", b, again, err)
		}
	})
}
