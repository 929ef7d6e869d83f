package main

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
)

func TestThereIsOneWayToTheElements(t *testing.T) {
	for name, c := range map[string]struct {
		o  options
		ok bool
	}{
		"one element":            {options{element: "e"}, true},
		"groups":                 {options{mcus: "a,b", poolClient: "c"}, true},
		"nothing":                {options{}, false},
		"both":                   {options{element: "e", mcus: "a", poolClient: "c"}, false},
		"groups without a name":  {options{mcus: "a"}, false},
		"a name without a group": {options{element: "e", poolClient: "c"}, false},
	} {
		if err := c.o.checkElements(); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAMissingIdentityTowardsGroupsEndsTheStart(t *testing.T) {
	o := options{mcus: "a", poolClient: filepath.Join(t.TempDir(), "none")}
	if e, err := connect(t.Context(), o, slog.New(slog.DiscardHandler)); err == nil {
		e.Close()
		t.Error("connected without an identity")
	}
}

func TestFindingsAndEpochsAreLoggedWhenTheyAreNew(t *testing.T) {
	var out bytes.Buffer
	log, seen := slog.New(slog.NewTextHandler(&out, nil)), teller{}
	groups := []pool.Group{{Branch: "north", Name: "a", Epoch: 1, Votes: 2, Makes: []string{"gcrypt", "nettle"}}}
	findings := []pool.Finding{{Group: "a", Member: "01", Make: "gcrypt", Code: door.CodeSeal, What: "a vote that is none", Count: 1}}
	for range 2 {
		seen.tell(groups, findings, log)
	}
	if got := strings.Count(out.String(), "\n"); got != 2 || !strings.Contains(out.String(), "a vote that is none") || !strings.Contains(out.String(), "north/a") {
		t.Errorf("%d lines: %s", got, out.String())
	}
	groups[0].Epoch, findings[0].Count = 2, 5
	seen.tell(groups, findings, log)
	if !strings.Contains(out.String(), "epoch=2") || !strings.Contains(out.String(), "count=5") {
		t.Error(out.String())
	}
}
