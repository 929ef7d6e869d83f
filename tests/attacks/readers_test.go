package attacks

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var write = flag.Bool("write", false, "write list.json's table into README.md")

// The table for readers stands between these.
const (
	tableBegins = "<!-- list.json -->\n"
	tableEnds   = "<!-- end of list.json -->\n"
)

// table is the list for people.
func table(list []line) string {
	var b strings.Builder
	count := map[string]int{}
	for _, l := range list {
		count[l.State]++
	}
	fmt.Fprintf(&b, "%d attacks in %d lines: %d covered, %d covered with something that remains, %d not built.\n\n",
		len(ids()), len(list), count["covered"], count["residual"], count["not built"])
	b.WriteString("| id | attack | result | control | where |\n|---|---|---|---|---|\n")
	for _, l := range list {
		result, control := l.Expected, l.Kind+": "+l.Control
		if l.Note != "" {
			result += ". *" + strings.ToUpper(l.State[:1]) + l.State[1:] + ":* " + l.Note
		}
		if len(l.Controls) > 0 {
			control += "<br>" + references(l.Controls)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", l.ID, l.Attack, result, control, references(l.Tests))
	}
	return b.String()
}

func references(all []string) string {
	var cells []string
	for _, one := range all {
		cells = append(cells, "`"+one+"`")
	}
	return strings.Join(cells, "<br>")
}

// TestTheTableForReadersIsTheList holds README.md to list.json; with -write it writes
// it anew.
func TestTheTableForReadersIsTheList(t *testing.T) {
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(b), tableBegins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		t.Fatal("README.md has no place for the table")
	}
	want := before + tableBegins + table(readList(t)) + tableEnds + after
	if want == string(b) {
		return
	}
	if !*write {
		t.Fatal("README.md is not what list.json says: go test ./tests/attacks -run TestTheTableForReaders -args -write")
	}
	if err := os.WriteFile("README.md", []byte(want), 0o600); err != nil {
		t.Fatal(err)
	}
}
