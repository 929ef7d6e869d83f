package main

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// rows are the lines of a table's two first columns.
func rows(text string) map[string]int {
	found := map[string]int{}
	for line := range strings.Lines(text) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 {
			continue
		}
		if n, err := strconv.Atoi(strings.TrimSpace(cells[2])); err == nil {
			found[strings.TrimSpace(cells[1])] = n
		}
	}
	return found
}

func TestTheReadmeTellsWhatIsCounted(t *testing.T) {
	text, err := os.ReadFile("../../secureworld/README.md")
	if err != nil {
		t.Fatal(err)
	}
	counted, err := interfaces("../..")
	if err != nil {
		t.Fatal(err)
	}
	told, held := rows(string(text)), 0
	for _, w := range counted {
		n, is := told[w.Name]
		if !is {
			continue
		}
		if held++; n != w.Count {
			t.Errorf("%s: %d are told, %d counted", w.Name, n, w.Count)
		}
	}
	if held < 10 {
		t.Errorf("%d figures are told", held)
	}
}
