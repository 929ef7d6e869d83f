// Package token signs with keys that lie in a PKCS#11 token. The token's library
// is in a program of its own (pkcs11signer), so that who imports this stays free
// of cgo; the two speak package wire over a pipe.
//
// The operator's command imports it. It holds no private key, and the PIN no
// longer than it takes to pass it on.
package token

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/token/wire"
)

// Refusals that a caller tells apart.
var (
	ErrPIN    = errors.New("token: PIN refused")
	ErrNoKey  = errors.New("token: no key of this label")
	ErrExists = errors.New("token: a key of this label exists")
)

// Token is an open token. It is safe for concurrent use; operations take turns.
type Token struct {
	Model, Serial string

	program *exec.Cmd

	mu   sync.Mutex
	to   io.WriteCloser
	from io.Reader
	lost error // the stream is no longer in step
}

// Place is where a token is.
type Place struct {
	Program string // path of pkcs11signer
	Library string // the PKCS#11 library of the token's maker
	Label   string // the token's
}

// Open starts the program and logs in. The PIN is wiped.
func Open(p Place, pin []byte) (*Token, error) {
	defer clear(pin)
	t := &Token{program: exec.Command(p.Program, p.Library)} //nolint:gosec,noctx // named by the operator; lives until Close
	var err error
	if t.to, err = t.program.StdinPipe(); err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	if t.from, err = t.program.StdoutPipe(); err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	if err := t.program.Start(); err != nil {
		return nil, fmt.Errorf("token: starting its program: %w", err)
	}
	var opened wire.Opened
	if err := t.ask(wire.KindOpen, wire.Open{Label: []byte(p.Label), PIN: pin}, &opened); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	t.Model, t.Serial = string(opened.Model), string(opened.Serial)
	return t, nil
}

// Close ends the program.
func (t *Token) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lost = errors.New("token: closed")
	_ = t.to.Close()
	if err := t.program.Wait(); err != nil {
		return fmt.Errorf("token: its program: %w", err)
	}
	return nil
}

// ask sends a question and reads its answer.
func (t *Token) ask(kind byte, question, answer any) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lost != nil {
		return t.lost
	}
	body, err := frame.Append(nil, question)
	if err != nil {
		return fmt.Errorf("token: the question is too long: %w", err)
	}
	defer clear(body)
	if t.lost = frame.Write(t.to, kind, body); t.lost != nil {
		return t.lost
	}
	got, b, err := frame.Read(t.from, wire.MaxBody)
	if err != nil {
		t.lost = fmt.Errorf("token: its program ended: %w", err)
		return t.lost
	}
	defer clear(b) // a secret, perhaps
	return t.read(kind, got, b, answer)
}

func (t *Token) read(kind, got byte, b []byte, answer any) error {
	switch got {
	case kind | wire.Answer:
		t.lost = frame.Parse(b, answer)
		return t.lost
	case wire.KindRefused:
		var r wire.Refused
		if t.lost = frame.Parse(b, &r); t.lost != nil {
			return t.lost
		}
		return refused(r)
	}
	t.lost = errors.New("token: its program answered something else")
	return t.lost
}

func refused(r wire.Refused) error {
	switch r.Reason {
	case wire.ReasonPIN:
		return ErrPIN
	case wire.ReasonNoKey:
		return ErrNoKey
	case wire.ReasonExists:
		return ErrExists
	}
	return fmt.Errorf("token: %s (code %#x)", r.Reason, r.Code)
}
