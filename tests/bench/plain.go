package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/plain/door"
)

// plainTerminal is the plain control terminal, asked over pipes.
type plainTerminal struct {
	process *exec.Cmd
	in      io.WriteCloser
	asks    *json.Encoder
	answers *json.Decoder
	card    bureau.Card
}

func startPlain(ctx context.Context, bin, dir string, cfg door.Config, card bureau.Card) (*plainTerminal, error) {
	b, err := json.Marshal(cfg)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "plain.json")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return nil, err
	}
	c := exec.CommandContext(ctx, filepath.Join(bin, "plainterminal"), "-config", path, "-serve", "-json") //nolint:gosec // our own program
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &plainTerminal{c, in, json.NewEncoder(in), json.NewDecoder(out), card}, c.Start()
}

func (p *plainTerminal) stop() {
	_ = p.in.Close()
	_ = p.process.Wait()
}

func (p *plainTerminal) sell(amount uint64) (door.Result, error) {
	var r door.Result
	if err := p.asks.Encode(door.Sale{Amount: amount, Card: p.card.Profile, PIN: p.card.PIN}); err != nil {
		return r, err
	}
	if err := p.answers.Decode(&r); err != nil {
		return r, errors.New("the plain control terminal does not answer")
	}
	if r.Outcome != door.Approved {
		return r, errors.New("a sale of the plain control terminal ended as " + r.Outcome + " " + r.Response + " " + r.Error)
	}
	return r, nil
}
