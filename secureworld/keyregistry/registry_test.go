package keyregistry

import (
	"strings"
	"testing"
)

func TestEveryKeyHasItsOwnNumberAndNameAndAllSevenStages(t *testing.T) {
	numbers, names := map[uint8]bool{}, map[string]bool{}
	for _, k := range All() {
		if k.Number == 0 || numbers[k.Number] || names[k.Name] || k.Name == "" {
			t.Errorf("%d %q: number or name is missing or doubled", k.Number, k.Name)
		}
		numbers[k.Number], names[k.Name] = true, true
		if k.Algorithm == "" || k.Usage == "" || k.Custodian == "" {
			t.Errorf("%s: algorithm, usage or custodian is missing", k.Name)
		}
		for _, stage := range k.Stages.Named() {
			if strings.TrimSpace(stage[1]) == "" {
				t.Errorf("%s: nothing said of %q", k.Name, stage[0])
			}
		}
		if got, found := Find(k.Number); !found || got != k {
			t.Errorf("%s is not found by its number", k.Name)
		}
		if got, found := Named(k.Name); !found || got != k {
			t.Errorf("%s is not found by its name", k.Name)
		}
	}
	if _, found := Find(0); found {
		t.Error("number 0 is a key")
	}
	if _, found := Named(""); found {
		t.Error("no name is a key")
	}
}
