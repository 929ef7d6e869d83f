package dukpt

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

func TestNextCounterFollowsThePublishedSteps(t *testing.T) {
	v := loadPublished(t)
	if len(v.NextCounter) == 0 {
		t.Fatal("no steps")
	}
	for _, step := range v.NextCounter {
		got, ok := NextCounter(binary.BigEndian.Uint32(step.From))
		if ok != (step.To != nil) || ok && got != binary.BigEndian.Uint32(*step.To) {
			t.Errorf("after %X: got %08X, %v", step.From, got, ok)
		}
	}
}

func TestCountersThatNoTransactionHasAreRefused(t *testing.T) {
	v := loadPublished(t)
	if len(v.NeverValid) == 0 {
		t.Fatal("no counters")
	}
	for _, c := range v.NeverValid {
		n := binary.BigEndian.Uint32(c)
		if ValidCounter(n) {
			t.Errorf("%X is valid", c)
		}
		if _, ok := NextCounter(n); ok {
			t.Errorf("%X has a successor", c)
		}
		if _, err := NewKSN(testID, n); err == nil {
			t.Errorf("a KSN with %X is made", c)
		}
		if _, err := ParseKSN(append(testID[:], c...)); err == nil {
			t.Errorf("a KSN with %X is parsed", c)
		}
	}
}

func TestKSNsOfAnotherLengthAreRefused(t *testing.T) {
	for n := range 20 {
		b := bytes.Repeat([]byte{1}, n)
		b = append(b[:max(0, n-4)], []byte{0, 0, 0, 1}[:min(n, 4)]...)
		if _, err := ParseKSN(b); (err == nil) != (n == 12) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestAKSNHasItsParts(t *testing.T) {
	k, err := NewKSN(testID, 0x01020304)
	if err != nil || k.InitialKeyID() != testID || k.Counter() != 0x01020304 {
		t.Errorf("got %X, %v", k, err)
	}
	parsed, err := ParseKSN(k[:])
	if err != nil || parsed != k {
		t.Errorf("got %X, %v", parsed, err)
	}
}

func TestAllCountersOfAKeyAreCounted(t *testing.T) {
	if got, want := countersFrom(1), loadPublished(t).Total; got != want {
		t.Errorf("got %d, want %d", got, want)
	}
	if got := countersFrom(0xFFFF0000); got != 1 {
		t.Errorf("the last counter leaves %d", got)
	}
}

func TestEachStepLeavesOneLess(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		c := randomCounter(random)
		next, ok := NextCounter(c)
		if !ok {
			continue
		}
		if countersFrom(c)-countersFrom(next) != 1 {
			t.Fatalf("from %08X to %08X the count falls from %d to %d", c, next, countersFrom(c), countersFrom(next))
		}
	}
}

// Nothing between a counter and its successor is valid, so none is left out.
// Left counts what is above a counter; a device counts from the next one on.
func TestWhatIsLeftAboveACounterIsWhatFollowsIt(t *testing.T) {
	for _, c := range []uint32{1, 2, 0xFFFF, 0x00FFFF00, 0xFFFE8000, 0xFFFF0000} {
		want := uint32(0)
		if next, ok := NextCounter(c); ok {
			want = countersFrom(next)
		}
		if got := Left(c); got != want {
			t.Errorf("above %08x: %d, not %d", c, got, want)
		}
	}
	if Left(0) != countersFrom(1) || Left(1<<32-1) != 0 {
		t.Error("a fresh key, or the end")
	}
}

func TestNoValidCounterIsLeftOut(t *testing.T) {
	for _, start := range []uint32{1, 0x0000FF00, 0x0001FFF0, 0x7FFF0000} {
		for c := start; c < start+100_000; {
			next, _ := NextCounter(c)
			for between := c + 1; between < next; between++ {
				if ValidCounter(between) {
					t.Fatalf("%08X lies between %08X and %08X", between, c, next)
				}
			}
			c = next
		}
	}
}

func TestKeyTypesHaveTheirSizes(t *testing.T) {
	sizes := map[KeyType]int{TDEA2: 16, TDEA3: 24, AES128: 16, AES192: 24, AES256: 32, 5: 0, 0xFFFF: 0}
	for kt, want := range sizes {
		if kt.Size() != want {
			t.Errorf("%v has %d bytes, want %d", kt, kt.Size(), want)
		}
	}
}

func randomCounter(random *rand.Rand) uint32 {
	for {
		if c := random.Uint32(); ValidCounter(c) {
			return c
		}
	}
}

func FuzzCanonicalKSN(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("123456781234"))
	f.Add(append(testID[:], 0, 1, 0xFF, 0xFE))
	f.Fuzz(func(t *testing.T, in []byte) {
		k, err := ParseKSN(in)
		if err != nil {
			return
		}
		again, err := NewKSN(k.InitialKeyID(), k.Counter())
		if err != nil || !bytes.Equal(again[:], in) {
			t.Errorf("%X becomes %X, %v", in, again, err)
		}
	})
}
