package entrypoint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
)

// order lists candidates as name/kernel.
func order(list []candidate) string {
	var out []string
	for _, c := range list {
		out = append(out, fmt.Sprintf("%X/%X", c.entry.name, c.combination.KernelID))
	}
	return strings.Join(out, " ")
}

func TestCandidatesComeByPriorityThenByDirectoryThenByPreference(t *testing.T) {
	a, b := []byte{0xA0, 0, 0, 0, 1}, []byte{0xA0, 0, 0, 0, 2}
	longer := append([]byte{}, append(a, 9)...)
	cfg := Config{Sets: []Set{
		{TransactionTypes: []byte{0}, Combinations: []Combination{{a, []byte{0x21}}, {a, []byte{0x22}}, {b, []byte{0x21}}}},
		{TransactionTypes: []byte{0, 1}, Combinations: []Combination{{a, []byte{0x23}}}},
	}}
	for name, c := range map[string]struct {
		entries []dirEntry
		want    string
	}{
		"a later set first, then as they stand": {
			[]dirEntry{{name: a}}, "A000000001/23 A000000001/21 A000000001/22"},
		"as the card orders": {
			[]dirEntry{{name: b, kernelID: []byte{0x21}}, {name: a, kernelID: []byte{0x22}}}, "A000000002/21 A000000001/22"},
		"priority beats the card's order": {
			[]dirEntry{{name: b, kernelID: []byte{0x21}, priority: 2}, {name: a, kernelID: []byte{0x22}, priority: 1}},
			"A000000001/22 A000000002/21"},
		"no priority comes after the lowest": {
			[]dirEntry{{name: b, kernelID: []byte{0x21}}, {name: a, kernelID: []byte{0x22}, priority: 15}},
			"A000000001/22 A000000002/21"},
		"a longer name matches": {
			[]dirEntry{{name: longer, kernelID: []byte{0x22}}}, "A00000000109/22"},
		"twice is twice": {
			[]dirEntry{{name: a, kernelID: []byte{0x22}}, {name: a, kernelID: []byte{0x22}}}, "A000000001/22 A000000001/22"},
		"another kernel": {[]dirEntry{{name: a, kernelID: []byte{0x24}}}, ""},
		"another name":   {[]dirEntry{{name: []byte{0xA0, 0, 0, 0, 3}}}, ""},
	} {
		if got := order(candidates(c.entries, cfg.combinations(0))); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestWhatIsNotAllowedIsNoCandidate(t *testing.T) {
	aid := []byte{0xA0, 0, 0, 0, 1}
	list := []combination{{Combination: Combination{aid, []byte{0x21}}, set: &Set{}, indicators: contactless.Indicators{NotAllowed: true}}}
	if got := candidates([]dirEntry{{name: aid}}, list); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestAShorterNameThanTheAIDDoesNotMatch(t *testing.T) {
	list := []combination{{Combination: Combination{[]byte{0xA0, 0, 0, 0, 1, 1}, []byte{0x21}}, set: &Set{}}}
	if got := candidates([]dirEntry{{name: []byte{0xA0, 0, 0, 0, 1}}}, list); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestExtendedSelectionIsAppendedWhereItIsSupported(t *testing.T) {
	e := dirEntry{name: make([]byte, 7), extended: make([]byte, 9)}
	for _, c := range []struct {
		supported bool
		extended  int
		want      int
		ok        bool
	}{{false, 9, 7, true}, {true, 9, 16, true}, {true, 0, 7, true}, {true, 10, 17, false}} {
		e.extended = make([]byte, c.extended)
		got, ok := candidate{e, combination{set: &Set{ExtendedSelection: c.supported}}}.name()
		if len(got) != c.want || ok != c.ok {
			t.Errorf("%+v: %d %v", c, len(got), ok)
		}
	}
}
