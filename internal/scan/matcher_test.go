package scan

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/iotest"
)

func TestACanaryAcrossAChunkBoundaryIsFoundOnce(t *testing.T) {
	var n Needles
	must(t, n.AddPAN("canary", []byte(evenPAN)))
	m := n.Compile()
	for shift := -m.reach - 2; shift <= 2; shift++ {
		text := make([]byte, 3*chunkBytes)
		at := chunkBytes + shift
		copy(text[at:], evenPAN)
		var found []int64
		_, err := m.SearchReader(bytes.NewReader(text), func(f Match) {
			if f.Encoding == "ascii" {
				found = append(found, f.Offset)
			}
		})
		must(t, err)
		if len(found) != 1 || found[0] != int64(at) {
			t.Fatalf("planted at %d: found at %v", at, found)
		}
	}
}

func TestPackedDigitsAcrossAChunkBoundaryAreFoundOnce(t *testing.T) {
	var n Needles
	must(t, n.AddPAN("canary", []byte(evenPAN)))
	m := n.Compile()
	for shift := -12; shift <= 2; shift++ {
		text := make([]byte, 2*chunkBytes)
		copy(text[chunkBytes+shift:], fromHex("F41111111111111110"))
		found := 0
		_, err := m.SearchReader(bytes.NewReader(text), func(Match) { found++ })
		must(t, err)
		if found != 1 {
			t.Fatalf("planted %d bytes from the boundary: found %d times", shift, found)
		}
	}
}

func TestAReaderThatFailsIsToldAndWhatCameBeforeIsSearched(t *testing.T) {
	var n Needles
	must(t, n.AddPAN("canary", []byte(evenPAN)))
	found := 0
	r := io.MultiReader(bytes.NewReader([]byte(evenPAN)), iotest.ErrReader(io.ErrClosedPipe))
	read, err := n.Compile().SearchReader(r, func(Match) { found++ })
	if err == nil || read != int64(len(evenPAN)) || found != 1 {
		t.Errorf("read %d bytes, found %d, error %v", read, found, err)
	}
}

func TestEveryOneOfThousandsOfCanariesIsFound(t *testing.T) {
	const canaries = 500
	n, digits := manyCanaries(t, canaries)
	m := n.Compile()
	noise := rand.New(rand.NewPCG(1, 2))
	found := make(map[string]int)
	for _, d := range digits {
		text := make([]byte, 100)
		for i := range text {
			text[i] = byte(noise.Uint32())
		}
		copy(text[noise.IntN(80):], d)
		m.Search(text, 0, func(f Match) { found[f.ID]++ })
	}
	for i := range digits {
		if found[fmt.Sprint(i)] != 1 {
			t.Errorf("canary %d of %d needles: found %d times", i, m.Len(), found[fmt.Sprint(i)])
		}
	}
}

func TestGeneratedCanariesAreTestNumbersWithAValidCheckDigit(t *testing.T) {
	for _, b := range TestBINs() {
		for length := minPANDigits; length <= maxPANDigits; length++ {
			pan, err := GeneratePAN(b.Prefix, length)
			must(t, err)
			if len(pan) != length || !ValidCheckDigit(pan) || !bytes.HasPrefix(pan, []byte(b.Prefix)) {
				t.Errorf("BIN %s, length %d: not a test number", b.Prefix, length)
			}
		}
	}
	if _, err := GeneratePAN("499999", 16); err == nil {
		t.Error("a BIN that is not published for tests is accepted")
	}
	if ValidCheckDigit([]byte("4111111111111112")) || !ValidCheckDigit([]byte(evenPAN)) {
		t.Error("check digit is not told apart")
	}
	if pin := GeneratePIN(); checkDigits(pin, pinDigits) != nil {
		t.Error("canary PIN is not one")
	}
}

// FuzzAPlantedCanaryIsFound lays one into arbitrary text at an arbitrary place.
func FuzzAPlantedCanaryIsFound(f *testing.F) {
	var n Needles
	must(f, n.AddPAN("canary", []byte(evenPAN)))
	m := n.Compile()
	f.Add([]byte("4111111111111111"), uint16(3))
	f.Add(bytes.Repeat([]byte("411"), 100), uint16(150))
	f.Fuzz(func(t *testing.T, text []byte, place uint16) {
		at := min(int(place), len(text))
		planted := slices.Concat(text[:at], []byte(evenPAN), text[at:])
		found := map[int64]int{}
		m.Search(planted, 0, func(f Match) {
			if f.Encoding == "ascii" {
				found[f.Offset]++
			}
		})
		if want := bytes.Index(planted, []byte(evenPAN)); found[int64(want)] != 1 || found[int64(at)] != 1 {
			t.Errorf("planted at %d: found %v", at, found)
		}
	})
}

func manyCanaries(t testing.TB, count int) (*Needles, [][]byte) {
	t.Helper()
	var n Needles
	var all [][]byte
	for i := range count {
		pan, err := GeneratePAN("476173", 16)
		must(t, err)
		must(t, n.AddPAN(fmt.Sprint(i), pan))
		all = append(all, pan)
	}
	return &n, all
}

// BenchmarkSearch measures one core on four kinds of memory, with some
// thousands of needles. Digits are the worst case: every window looks like one.
func BenchmarkSearch(b *testing.B) {
	n, _ := manyCanaries(b, 150)
	m := n.Compile()
	noise := rand.New(rand.NewPCG(1, 2))
	fill := func(f func() byte) []byte {
		text := make([]byte, chunkBytes)
		for i := range text {
			text[i] = f()
		}
		return text
	}
	for name, text := range map[string][]byte{
		"zeros":  make([]byte, chunkBytes),
		"random": fill(func() byte { return byte(noise.Uint32()) }),
		"text":   fill(func() byte { return byte(' ' + noise.IntN(90)) }),
		"digits": fill(func() byte { return byte('0' + noise.IntN(10)) }),
	} {
		b.Run(fmt.Sprintf("%s/%d needles", name, m.Len()), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				m.Search(text, 0, func(Match) {})
			}
		})
	}
}
