package wire

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

func messages() map[byte]func() any {
	return map[byte]func() any{
		KindOpen: func() any { return new(Open) }, KindOpen | Answer: func() any { return new(Opened) },
		KindGenerate: func() any { return new(Generate) }, KindGenerate | Answer: func() any { return new(Key) },
		KindFind: func() any { return new(Find) }, KindSign: func() any { return new(Sign) },
		KindSign | Answer: func() any { return new(Signature) }, KindRefused: func() any { return new(Refused) },
		KindSeal: func() any { return new(Seal) }, KindUnseal: func() any { return new(Seal) }, KindSeal | Answer: func() any { return new(Secret) },
	}
}

func FuzzCanonicalMessage(f *testing.F) {
	for kind, m := range messages() {
		b, err := frame.Append(nil, m())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(kind, b)
	}
	f.Fuzz(func(t *testing.T, kind byte, body []byte) {
		m := messages()[kind]
		if m == nil {
			return
		}
		v := m()
		if frame.Parse(body, v) != nil {
			return
		}
		again, err := frame.Append(nil, v)
		if err != nil || !bytes.Equal(again, body) {
			t.Fatalf("%x became %x, %v", body, again, err)
		}
	})
}

func TestEveryReasonHasWords(t *testing.T) {
	seen := map[string]bool{}
	for r := ReasonMalformed; r <= ReasonKeys; r++ {
		if s := r.String(); s == Reason(0).String() || seen[s] {
			t.Errorf("reason %d: %q", r, s)
		} else {
			seen[s] = true
		}
	}
}
