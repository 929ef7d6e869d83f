package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestTheVerdictFollowsTheEvents(t *testing.T) {
	const pass = `{"Action":"pass","Package":"p","Test":"TestA"}` + "\n"
	for name, c := range map[string]struct {
		events, last string
		good         bool
	}{
		"passed":         {pass + `{"Action":"pass","Package":"p"}`, "1 passed, 0 failed, 0 skipped", true},
		"nothing ran":    {`{"Action":"skip","Package":"p"}`, "0 passed, 0 failed, 0 skipped", false},
		"failed":         {pass + `{"Action":"fail","Package":"p","Test":"TestB"}` + "\n" + `{"Action":"fail","Package":"p"}`, "1 passed, 1 failed, 0 skipped", false},
		"skipped":        {pass + `{"Action":"skip","Package":"p","Test":"TestB"}`, "1 passed, 0 failed, 1 skipped", false},
		"part skipped":   {pass + `{"Action":"skip","Package":"p","Test":"TestB/part"}`, "1 passed, 0 failed, 0 skipped", true},
		"does not build": {pass + `{"Action":"fail","Package":"q"}`, "1 passed, 1 failed, 0 skipped", false},
		"cut off":        {pass + `{"Action":"output","Package":"p","Test":"TestB","Output":"=== RUN"}`, "1 passed, 1 failed, 0 skipped", false},
	} {
		var out bytes.Buffer
		y := &tally{out: &out, output: map[string][]string{}, failedIn: map[string]bool{}}
		if err := y.read(strings.NewReader(c.events)); err != nil {
			t.Fatal(err)
		}
		if good := y.close(); good != c.good || !strings.HasSuffix(out.String(), c.last+"\n") {
			t.Errorf("%s: %v, %s", name, good, out.String())
		}
	}
}

func TestOnlyTheOutputOfWhatFailedIsShown(t *testing.T) {
	events := `{"Action":"output","Package":"p","Test":"TestA","Output":"quiet\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestB","Output":"loud\n"}
{"Action":"fail","Package":"p","Test":"TestB"}
go: a line that is no event
`
	var out bytes.Buffer
	y := &tally{out: &out, output: map[string][]string{}, failedIn: map[string]bool{}}
	if err := y.read(strings.NewReader(events)); err != nil {
		t.Fatal(err)
	}
	if s := out.String(); strings.Contains(s, "quiet") || !strings.Contains(s, "loud") || !strings.Contains(s, "no event") {
		t.Errorf("output: %s", s)
	}
}
