//go:build linux

package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/estatetest"
	"github.com/strongroom-pos/strongroom/internal/estate/pcscbox"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/parameters"
)

func TestMain(m *testing.M) {
	pcscbox.RunIfChild()
	code := m.Run()
	estatetest.Remove()
	os.Exit(code)
}

// output is what one call printed.
type output struct{ out, err bytes.Buffer }

func run(t *testing.T, args ...string) (*output, error) {
	t.Helper()
	o := &output{}
	return o, Run(t.Context(), args, &o.out, &o.err)
}

// once runs a demo that ends after its sale.
func once(t *testing.T, home string, more ...string) *output {
	t.Helper()
	programs := estatetest.Programs(t)
	if programs == "" {
		return nil
	}
	o, err := run(t, append([]string{"demo", "--once", "-var", home, "-bin", programs}, more...)...)
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, &o.out, &o.err)
	}
	return o
}

func TestDemoOnceAsJSONPrintsOneObjectAndNothingElse(t *testing.T) {
	o := once(t, t.TempDir(), "--json")
	if o == nil {
		return
	}
	d := json.NewDecoder(&o.out)
	d.DisallowUnknownFields()
	var r Result
	if err := d.Decode(&r); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		t.Errorf("there is more behind it: %v", err)
	}
	if !r.OK || !r.Approved || !r.CardCompleted || !r.PINVerified || !r.LedgerBalanced || !r.Tapped {
		t.Errorf("%+v", r)
	}
	if r.Payment.Card == nil || r.Payment.Card.EntryMode != "chip" || r.Payment.CVM != "online_pin" {
		t.Errorf("%+v", r.Payment)
	}
	if r.Tap.Card == nil || r.Tap.Card.EntryMode != "contactless" || r.Tap.CVM != "no_cvm" {
		t.Errorf("%+v", r.Tap)
	}
	if r.Payment.Outcome != "approved" || r.Receipt == nil || r.LedgerNet != demoAmount || r.IssuerNet != demoAmount {
		t.Errorf("%+v", r)
	}
	checkMemory(t, r.Memory, r.Security.MemoryProtection)
	if !strings.Contains(o.err.String(), "Not a PCI-listed solution") {
		t.Error("it does not say what it is")
	}
}

// checkMemory: nothing where nothing may be, and the search was not blind.
func checkMemory(t *testing.T, m *Memory, protection string) {
	t.Helper()
	if os.Geteuid() != 0 {
		if m != nil {
			t.Error("measured without the right to")
		}
		t.Log("LEFT OUT: only root may read other processes' memory")
		return
	}
	if m == nil || m.Controls == 0 || len(m.Worlds) != 10 {
		t.Fatalf("%+v", m)
	}
	for _, w := range m.Worlds {
		if w.During.Failed || w.After.Failed {
			t.Errorf("%s was not swept", w.Process)
		}
		found := w.During.Copies() + w.After.Copies()
		clean := w.MayHold == "nothing" || w.Process == estate.Kernel && protection == "memfd_secret"
		if clean && found != 0 {
			t.Errorf("%s held %d copies", w.Process, found)
		}
	}
}

func TestADemoIsReadableAndItsHomeServesAgain(t *testing.T) {
	home := t.TempDir()
	first := once(t, home)
	if first == nil {
		return
	}
	for _, words := range []string{
		"Not a PCI-listed solution", "pcscd          ready", "mcu            ready", "lane           ready", "enter pin", "completed: approved",
		"APPROVED", "chip, PIN", "A tap of EUR 5.00", "contactless, no PIN", "PIN verified", "card completed with a TC yes", "ledger balanced yes", "What each world's memory held",
	} {
		if !strings.Contains(first.out.String(), words) {
			t.Errorf("%q is missing in\n%s", words, &first.out)
		}
	}
	once(t, home)
	list, err := run(t, "card", "list", "-var", home)
	if err != nil || !strings.Contains(list.out.String(), "decline") {
		t.Errorf("%v\n%s", err, &list.out)
	}
	for _, args := range [][]string{
		{"card", "insert", "approve"}, {"card", "pull"}, {"card", "tap", "approve"}, {"card", "away"}, {"card", "swipe", "approve"}, {"status"},
	} {
		if _, err := run(t, append(args, "-var", home)...); !errors.Is(err, estate.ErrNoLane) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestARunningLaneIsReachedFromAnotherCommand(t *testing.T) {
	programs := estatetest.Programs(t)
	if programs == "" {
		return
	}
	home := t.TempDir()
	lane, err := estate.Start(t.Context(), estate.Options{Programs: programs, Home: home, Misbehaviour: estate.WellBehaved(), Launch: withMetrics})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := lane.Stop(); err != nil {
			t.Error(err)
		}
	}()
	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"status"}, "card none"},
		{[]string{"card", "insert", "approve"}, "its PIN is 1234"},
		{[]string{"status"}, "card inserted"},
		{[]string{"card", "pull"}, "the slot is empty"},
		{[]string{"status"}, "card none"},
		{[]string{"card", "tap", "approve"}, "approve is held to the reader"},
		{[]string{"status"}, "card held to it"},
		{[]string{"card", "tap", "mastercard"}, "mastercard is held to the reader"},
		{[]string{"status"}, "card two held to it"},
		{[]string{"card", "away"}, "the field is empty"},
		{[]string{"status"}, "card none"},
		{[]string{"card", "swipe", "stripe"}, "stripe was swiped"},
	} {
		o, err := run(t, append(step.args, "-var", home)...)
		if err != nil || !strings.Contains(o.out.String(), step.want) {
			t.Errorf("%v: %v\n%s", step.args, err, &o.out)
		}
	}
	operate(t, lane, home, programs)
	list := filepath.Join(t.TempDir(), "reversals.json")
	if err := os.WriteFile(list, []byte(`{"reversals":[{"payment_id":"P1","message":"00"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := run(t, "reversals", "-settle", list, "-var", home)
	if err == nil || !strings.Contains(o.out.String(), "P1  refused: malformed") {
		t.Errorf("%v\n%s", err, &o.out)
	}
	if _, err := run(t, "card", "insert", "nothing", "-var", home); err == nil {
		t.Error("a card that there is not was inserted")
	}
	if _, err := run(t, "card", "tap", "stripe", "-var", home); err == nil {
		t.Error("a card without an antenna was tapped")
	}
}

func TestAResultThatIsNotRightFailsADemoThatEnds(t *testing.T) {
	for name, want := range map[string]bool{"right": true, "wrong": false} {
		r := Result{OK: name == "right"}
		err := conclude(t.Context(), settings{once: true}, nil, r, io.Discard, io.Discard)
		if (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWithoutProgramsItSaysWhatToDo(t *testing.T) {
	home := filepath.Join(t.TempDir(), "var")
	if _, err := run(t, "demo", "--once", "-var", home, "-bin", t.TempDir()); err == nil || !strings.Contains(err.Error(), "make build") {
		t.Error(err)
	}
	if _, err := os.Stat(home); err == nil {
		t.Error("it made keys although it cannot start")
	}
}

func TestCallsThatAreNotUnderstoodShowTheUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"sell"}, {"card"}, {"card", "eat"}, {"card", "insert"}, {"card", "pull", "x"}, {"card", "tap"}, {"card", "swipe", "x", "y"}, {"card", "away", "x"}} {
		o, err := run(t, args...)
		if !errors.Is(err, errUsage) || !strings.Contains(o.err.String(), "strongroom demo") {
			t.Errorf("%v: %v", args, err)
		}
	}
	for _, args := range [][]string{{"demo", "now"}, {"up", "now"}, {"status", "now"}, {"demo", "--nothing"}} {
		if _, err := run(t, args...); err == nil {
			t.Errorf("%v was accepted", args)
		}
	}
}

func TestHelpIsNoError(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"-h"}, {"demo", "-h"}, {"card", "list", "-h"}} {
		if _, err := run(t, args...); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestTheSignedParametersAreShownAsTheyWereSigned(t *testing.T) {
	home := t.TempDir()
	if _, err := run(t, "parameters", "-var", home); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a lane: %v", err)
	}
	if once(t, home) == nil {
		return
	}
	o, err := run(t, "parameters", "-var", home)
	if err != nil {
		t.Fatal(err)
	}
	var line bytes.Buffer
	if err := json.Compact(&line, o.out.Bytes()); err != nil {
		t.Fatal(err)
	}
	d, err := parameters.Parse(line.Bytes())
	if err != nil || d.Version != 1 || len(d.CAKeys) == 0 {
		t.Errorf("%+v, %v", d, err)
	}
}
