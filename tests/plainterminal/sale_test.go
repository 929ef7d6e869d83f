package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/plain/door"
	"github.com/strongroom-pos/strongroom/internal/plain/secondterminal"
	"github.com/strongroom-pos/strongroom/tests/internal/hostside"
)

// buildHostSide builds the two programs that the control terminal sells to: the
// test must not depend on what lies in bin.
func buildHostSide(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	for name, pkg := range map[string]string{"acquirer": "acquirer", "element-stdlib": "secureworld/element/stdlib"} {
		c := exec.Command("go", "build", "-o", filepath.Join(bin, name), "github.com/strongroom-pos/strongroom/"+pkg)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("building %s: %v\n%s", name, err, out)
		}
	}
	return bin
}

// provisioned is a control terminal with the host that it sells to.
func provisioned(t *testing.T, cards ...bureau.Order) door.Config {
	t.Helper()
	ctx, dir := t.Context(), t.TempDir()
	if _, err := ceremony.Hold(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	cfg, err := secondterminal.Provision(dir)
	if err != nil {
		t.Fatal(err)
	}
	b, err := bureau.Open(filepath.Join(dir, ceremony.Worlds, "element"))
	if err != nil {
		t.Fatal(err)
	}
	var made []bureau.Card
	for _, o := range cards {
		c, err := b.Make(o)
		if err != nil {
			t.Fatal(err)
		}
		c.Issued.ForgetsATC = true // each sale has a new card of the profile
		made = append(made, c)
		cfg.Cards = append(cfg.Cards, door.Sale{Amount: 1250, Card: c.Profile, PIN: c.PIN})
	}
	h, err := hostside.Start(context.WithoutCancel(ctx), buildHostSide(t), dir, bureau.Issued(made))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Stop)
	cfg.Host, cfg.Directory = h.Host, t.TempDir()
	return cfg
}

func TestControlTerminalSellsEndToEnd(t *testing.T) {
	cfg := provisioned(t, bureau.Order{Name: "a", Balance: 1_000_000}, bureau.Order{Name: "poor", Balance: 1})
	b, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	line, err := json.Marshal(cfg.Cards[0])
	if err != nil {
		t.Fatal(err)
	}
	in := strings.NewReader(string(line) + "\n")
	if err := run(t.Context(), []string{"-config", path, "-sales", "2", "-json", "-serve"}, in, &out, os.Stderr); err != nil {
		t.Fatal(err)
	}
	results := json.NewDecoder(&out)
	for i, want := range []string{door.Approved, door.Declined, door.Approved} {
		var r door.Result
		if err := results.Decode(&r); err != nil {
			t.Fatal(err)
		}
		t.Logf("sale %d: %+v", i, r)
		if r.Outcome != want || r.Fsyncs != 17 {
			t.Errorf("sale %d ended as %q after %d fsyncs", i, r.Outcome, r.Fsyncs)
		}
	}
}

func TestControlTerminalReversesWhatTheCardDoesNotFinish(t *testing.T) {
	torn := bureau.Order{Name: "torn", Balance: 1_000_000}
	torn.Chip.TearAtCommand = "gac2"
	cfg := provisioned(t, torn)
	terminal, err := open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.close()
	if r := terminal.sell(t.Context(), cfg.Cards[0]); r.Outcome != door.Reversed || r.Error != "" {
		t.Errorf("a torn card ended as %+v", r)
	}
}

func TestControlTerminalGoesOnAfterARestart(t *testing.T) {
	cfg := provisioned(t, bureau.Order{Name: "a", Balance: 1_000_000})
	last := uint64(0)
	for range 2 {
		terminal, err := open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		r := terminal.sell(t.Context(), cfg.Cards[0])
		terminal.close()
		if r.Outcome != door.Approved || r.RRN <= last {
			t.Errorf("%+v after number %d", r, last)
		}
		last = r.RRN
	}
}
