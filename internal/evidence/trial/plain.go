//go:build linux

package trial

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/plain/door"
)

// controlProgram is the plain control terminal's file; plainName its world.
const (
	controlProgram = "plainterminal"
	plainName      = "plain control terminal"
)

// Plain is the plain control terminal, asked over pipes: a file with canaries would be
// found on the disk.
type Plain struct {
	config  door.Config
	process *exec.Cmd
	in      io.Closer
	asks    *json.Encoder
	answers *json.Decoder
}

// PID is its process's number.
func (p *Plain) PID() int { return p.process.Process.Pid }

func (p *Plain) start(l *estate.Lane, program, dir string) error {
	var a struct{ Host string }
	b, err := os.ReadFile(filepath.Join(l.Run, "acquirer", "addresses.json"))
	if err != nil || json.Unmarshal(b, &a) != nil {
		return errors.New("starting the plain control terminal: the acquirer's address is not known")
	}
	p.config.Host = a.Host
	if b, err = json.Marshal(p.config); err != nil {
		return err
	}
	path := filepath.Join(dir, "plain.json")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return err
	}
	c := exec.Command(program, "-config", path, "-serve", "-json") //nolint:gosec,noctx // a program of this product; ended by stop
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		return err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return fmt.Errorf("starting the plain control terminal: %w", err)
	}
	p.process, p.in, p.asks, p.answers = c, in, json.NewEncoder(in), json.NewDecoder(out)
	return nil
}

func (p *Plain) stop() error {
	_ = p.in.Close() // its end of input
	late := time.AfterFunc(5*time.Second, func() { _ = p.process.Process.Kill() })
	defer late.Stop()
	_ = p.process.Wait() // a killed one says so; the run is over
	return nil
}

// sell makes one sale there.
func (p *Plain) sell(card bureau.Card, amount uint64) error {
	var r door.Result
	err := p.asks.Encode(door.Sale{Amount: amount, Card: card.Profile, PIN: card.PIN})
	if err == nil {
		err = p.answers.Decode(&r)
	}
	if err == nil && r.Outcome != door.Approved {
		err = errors.New("it ended as " + r.Outcome)
	}
	if err != nil {
		return fmt.Errorf("a sale of the plain control terminal: %w", err)
	}
	return nil
}
