//go:build linux

package scraper

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/estate/pcscbox"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
	"github.com/strongroom-pos/strongroom/internal/evidence/keyring"
	"github.com/strongroom-pos/strongroom/internal/plain/door"
	"github.com/strongroom-pos/strongroom/internal/plain/secondterminal"
)

func TestMain(m *testing.M) {
	pcscbox.RunIfChild()
	os.Exit(m.Run())
}

// patience bounds one sale on a machine that is being swept meanwhile.
const patience = 60 * time.Second

// controlProgram is the plain control terminal's file.
const controlProgram = "plainterminal"

// amount of every sale, minor units.
const amount = 1250

// surroundings are a lane with its keys, and the plain control terminal at the
// same acquirer.
type surroundings struct {
	*estate.Lane
	keys  *keyring.Keyring
	plain *control
}

// bringUp starts a lane of this run's own keys. The keys are read before the
// devices and the kernel take them over and destroy the suppliers'.
func bringUp(t *testing.T, programs string) *surroundings {
	t.Helper()
	home := t.TempDir()
	if _, err := ceremony.Hold(home, time.Now()); err != nil {
		t.Fatal(err)
	}
	plain, err := secondterminal.Provision(home)
	if err != nil {
		t.Fatal(err)
	}
	s := &surroundings{}
	if s.keys, err = keyring.Read(home); err != nil {
		t.Fatal(err)
	}
	s.keys.Plain(plain)
	if s.Lane, err = estate.Start(t.Context(), estate.Options{Programs: programs, Home: home, PINsAtOnce: 100_000, Misbehaviour: estate.WellBehaved(),
		Say: func(name string, d time.Duration) { t.Logf("%s is ready after %v", name, d.Round(time.Millisecond)) }}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	plain.Directory = t.TempDir()
	s.plain = startControl(t, s.Lane, filepath.Join(programs, controlProgram), plain)
	return s
}

// control is the plain control terminal, asked over pipes: a file with canaries
// would be found on the disk.
type control struct {
	process *exec.Cmd
	asks    *json.Encoder
	answers *json.Decoder
}

func startControl(t *testing.T, l *estate.Lane, program string, cfg door.Config) *control {
	t.Helper()
	var acquirer struct{ Host string }
	if err := readJSON(filepath.Join(l.Run, "acquirer", "addresses.json"), &acquirer); err != nil {
		t.Fatal(err)
	}
	cfg.Host = acquirer.Host
	b, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "plain.json")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program, "-config", path, "-serve", "-json")
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { endControl(t, c, in) })
	return &control{c, json.NewEncoder(in), json.NewDecoder(out)}
}

func endControl(t *testing.T, c *exec.Cmd, in io.Closer) {
	t.Helper()
	_ = in.Close() // its end of input
	late := time.AfterFunc(5*time.Second, func() { _ = c.Process.Kill() })
	defer late.Stop()
	if err := c.Wait(); err != nil {
		t.Errorf("the plain control terminal ended with %v", err)
	}
}

func (c *control) sell(card bureau.Card) error {
	var r door.Result
	err := c.asks.Encode(door.Sale{Amount: amount, Card: card.Profile, PIN: card.PIN})
	if err == nil {
		err = c.answers.Decode(&r)
	}
	if err == nil && r.Outcome != door.Approved {
		err = fmt.Errorf("%s %s %s", r.Outcome, r.Response, r.Error)
	}
	if err != nil {
		return fmt.Errorf("a sale of the plain control terminal: %w", err)
	}
	return nil
}

// sell makes one sale through the whole lane, as a merchant and a cardholder do.
func (s *surroundings) sell(ctx context.Context, card bureau.Card) (id string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	p, err := s.Till.Start(ctx, "scraper-"+card.Name, till.Request{Amount: amount, Currency: "EUR"})
	if err != nil {
		return "", err
	}
	for p.Status != "awaiting_card" && !p.Completed() {
		if p, err = s.Till.Change(ctx, p.ID, p.Version); err != nil {
			return "", err
		}
	}
	if err := s.Insert(ctx, card.Profile); err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, s.Pull(context.WithoutCancel(ctx))) }()
	if _, err := s.PINPad.Enter(ctx, card.PIN); err != nil {
		return "", fmt.Errorf("entering the PIN: %w", err)
	}
	p, err = s.Till.Follow(ctx, p, func(till.Payment) {})
	if err == nil && p.Outcome != "approved" {
		err = fmt.Errorf("a sale ended as %s, %+v %+v", p.Outcome, p.Failure, p.Decline)
	}
	return p.ID, err
}
