package members

import (
	"bytes"
	"compress/gzip"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/scan"
)

const pan = "4111111111111111"

func matcher(t testing.TB) *scan.Matcher {
	t.Helper()
	var n scan.Needles
	if err := n.AddPAN("canary", []byte(pan)); err != nil {
		t.Fatal(err)
	}
	return n.Compile()
}

func squeezed(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.Bytes()
}

func TestACanaryInAMemberIsFoundAtTheMembersStart(t *testing.T) {
	text := append([]byte("before"), squeezed("a card, 4111111111111111, and more")...)
	var hits []scan.Match
	if opened := Search(matcher(t), text, func(m scan.Match) { hits = append(hits, m) }); opened != 1 {
		t.Errorf("%d members opened", opened)
	}
	if len(hits) != 1 || hits[0].Offset != 6 || hits[0].Encoding != "ascii" {
		t.Errorf("hits: %+v", hits)
	}
}

func TestAMemberThatIsCutOffIsSearchedAsFarAsItGoes(t *testing.T) {
	whole := squeezed(pan + string(bytes.Repeat([]byte("0123456789abcdef"), 4096)))
	found := 0
	Search(matcher(t), whole[:len(whole)-12], func(scan.Match) { found++ })
	if found != 1 {
		t.Errorf("found %d", found)
	}
}

func FuzzMembersOfAnyTextAreOpenedOrLeft(f *testing.F) {
	f.Add(squeezed(pan))
	f.Add([]byte("PK\x03\x04 no zip"))
	m := matcher(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		if n := Search(m, text, func(scan.Match) {}); n > maxMembers {
			t.Errorf("%d members", n)
		}
	})
}
