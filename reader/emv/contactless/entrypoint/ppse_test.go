package entrypoint

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// wrap puts hexadecimal data into templates, the innermost last.
func wrap(t testing.TB, inner string, tags ...tlv.Tag) string {
	t.Helper()
	b := unhex(t, inner)
	for i := len(tags) - 1; i >= 0; i-- {
		b = tlv.Append(nil, tags[i], b)
	}
	return fmt.Sprintf("%X", b)
}

// fci is a directory that holds these entries, given without their template.
func fci(t testing.TB, entries ...string) string {
	t.Helper()
	var all strings.Builder
	for _, e := range entries {
		all.WriteString(wrap(t, e, tlv.Tag61ApplicationTemplate))
	}
	return wrap(t, all.String(), tlv.Tag6FFCITemplate, tlv.TagA5FCIProprietaryTemplate, tlv.TagBF0CFCIIssuerDiscretionaryData)
}

func TestDirectoriesWellAndBadlyCoded(t *testing.T) {
	const good = "4F07A0000000031010" + "870101" + "9F2A0103"
	names := func(n int) string { return fmt.Sprintf("4F%02X", n) + strings.Repeat("A1", n) }
	inA5 := wrap(t, good, tlv.Tag6FFCITemplate, tlv.TagA5FCIProprietaryTemplate, tlv.Tag61ApplicationTemplate)
	bare := wrap(t, good, tlv.TagBF0CFCIIssuerDiscretionaryData, tlv.Tag61ApplicationTemplate)
	for name, c := range map[string]struct {
		fci  string
		want int
	}{
		"one entry":                    {fci(t, good), 1},
		"the same entry twice":         {fci(t, good, good), 2},
		"nothing":                      {"", 0},
		"zeros":                        {"00000000", 0},
		"another template":             {"70" + fci(t, good)[2:], 0},
		"without BF0C":                 {inA5, 0},
		"without 6F and A5":            {bare, 0},
		"without 61":                   {fci(t), 0},
		"zeros behind":                 {fci(t, good) + "0000", 1},
		"zeros before":                 {"0000" + fci(t, good), 1},
		"a byte behind":                {fci(t, good) + "01", 0},
		"cut":                          {fci(t, good)[:40], 0},
		"length not minimal":           {"6F81" + fci(t, good)[2:], 1},
		"indefinite length":            {"6F80" + fci(t, good)[4:] + "0000", 0},
		"entry without a name":         {fci(t, "870101"), 0},
		"empty entry":                  {fci(t, ""), 0},
		"empty name":                   {fci(t, names(0)), 0},
		"name of 4":                    {fci(t, names(4)), 0},
		"name of 5":                    {fci(t, names(5)), 1},
		"name of 16":                   {fci(t, names(16)), 1},
		"name of 17":                   {fci(t, names(17)), 0},
		"bad entry before a good one":  {fci(t, names(4), good), 1},
		"empty kernel identifier":      {fci(t, names(7)+"9F2A00"), 1},
		"kernel identifier of 8":       {fci(t, names(7)+"9F2A08"+strings.Repeat("21", 8)), 1},
		"kernel identifier of 9":       {fci(t, names(7)+"9F2A09"+strings.Repeat("21", 9)), 0},
		"extended selection of 16":     {fci(t, names(7)+"9F2910"+strings.Repeat("21", 16)), 1},
		"extended selection of 17":     {fci(t, names(7)+"9F2911"+strings.Repeat("21", 17)), 0},
		"empty priority":               {fci(t, names(7)+"8700"), 1},
		"priority of two bytes":        {fci(t, names(7)+"87020101"), 0},
		"other elements in the entry":  {fci(t, "5004415050339F2A01217303810155", good), 1},
		"entry that runs past its end": {"6F0CA50ABF0C0761054F07A00000", 0},
	} {
		if got := len(parseDirectory(unhex(t, c.fci))); got != c.want {
			t.Errorf("%s: %d entries", name, got)
		}
	}
}

func TestADirectoryHasItsLimit(t *testing.T) {
	many := make([]string, maxEntries+3)
	for i := range many {
		many[i] = fmt.Sprintf("4F05A0000000%02X", i)
	}
	if got := len(parseDirectory(unhex(t, fci(t, many...)))); got != maxEntries {
		t.Errorf("%d entries", got)
	}
}

func TestEntriesOwnTheirMemory(t *testing.T) {
	b := unhex(t, fci(t, "4F07A0000000031010"+"8701F2"+"9F2A0103"+"9F290101"))
	got := parseDirectory(b)
	clear(b)
	want := []dirEntry{{name: unhex(t, "A0000000031010"), kernelID: []byte{3}, extended: []byte{1}, priority: 2}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

// appendDirectory writes entries in their canonical form.
func appendDirectory(entries []dirEntry) []byte {
	var all []byte
	for _, e := range entries {
		one := tlv.Append(nil, tlv.Tag4FApplicationIdentifier, e.name)
		one = tlv.Append(one, tlv.Tag87ApplicationPriorityIndicator, []byte{e.priority})
		one = tlv.Append(one, tag9F2AKernelIdentifier, e.kernelID)
		one = tlv.Append(one, tag9F29ExtendedSelection, e.extended)
		all = tlv.Append(all, tlv.Tag61ApplicationTemplate, one)
	}
	for _, tag := range []tlv.Tag{tlv.TagBF0CFCIIssuerDiscretionaryData, tlv.TagA5FCIProprietaryTemplate, tlv.Tag6FFCITemplate} {
		all = tlv.Append(nil, tag, all)
	}
	return all
}

func FuzzCanonicalDirectory(f *testing.F) {
	if v, ok := readVectors(f); ok {
		for _, c := range v.Cases {
			for _, e := range c.Events {
				if strings.HasPrefix(e, "R 6F") && len(e) > 6 {
					f.Add(unhex(f, e[2:len(e)-4]))
				}
			}
		}
	}
	f.Add(unhex(f, fci(f, "4F07A0000000031010")))
	f.Fuzz(func(t *testing.T, b []byte) {
		asksForTTQ(b)
		entries := parseDirectory(b)
		again := parseDirectory(appendDirectory(entries))
		if fmt.Sprintf("%X", entries) != fmt.Sprintf("%X", again) {
			t.Errorf("read %X, then %X", entries, again)
		}
		for _, e := range entries {
			if len(e.name) < minName || len(e.name) > maxName || e.priority > 15 {
				t.Errorf("out of range: %X", e)
			}
		}
	})
}
