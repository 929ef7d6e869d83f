package main

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
	"github.com/strongroom-pos/strongroom/secureworld/element/reach"
)

func TestThereIsOneWayToTheElements(t *testing.T) {
	every := auditOptions{every: 1}
	for name, c := range map[string]struct {
		o  options
		ok bool
	}{
		"one element":            {options{element: "e", audit: every}, true},
		"groups":                 {options{groups: reach.Flags{MCUs: "a,b"}, poolClient: "c", audit: every}, true},
		"nothing":                {options{}, false},
		"both":                   {options{element: "e", groups: reach.Flags{MCUs: "a"}, poolClient: "c", audit: every}, false},
		"groups without a name":  {options{groups: reach.Flags{MCUs: "a"}, audit: every}, false},
		"a name without a group": {options{element: "e", poolClient: "c", audit: every}, false},
		"groups on the bus":      {options{groups: reach.Flags{Star: "nats://a"}, poolClient: "c", audit: every}, true},
		"an audit of groups":     {options{groups: reach.Flags{MCUs: "a"}, poolClient: "c", audit: auditOptions{share: 0.05, every: 1}}, true},
		"an audit of an element": {options{element: "e", audit: auditOptions{share: 0.05, every: 1}}, false},
		"more than all":          {options{groups: reach.Flags{MCUs: "a"}, poolClient: "c", audit: auditOptions{share: 2, every: 1}}, false},
	} {
		if err := c.o.checkElements(); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAMissingIdentityTowardsGroupsEndsTheStart(t *testing.T) {
	o := options{groups: reach.Flags{MCUs: "a"}, poolClient: filepath.Join(t.TempDir(), "none")}
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
