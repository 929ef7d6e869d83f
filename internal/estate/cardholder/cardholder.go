// Package cardholder presses the keys of a PIN pad and reads its display, over
// the page that stands in for both.
//
// The operator's command and tests import it, for demo cards. It never writes a
// PIN anywhere but into the key presses.
package cardholder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// maxAnswer bounds a screen, and the file with the address.
const maxAnswer = 4 << 10

// PINPad is one PIN pad. Its address and key are read anew for each call, since
// both change when it starts again.
type PINPad struct {
	// PageFile holds the page's address, the key as its fragment.
	PageFile string

	client http.Client
}

// Screen is what the display shows.
type Screen struct {
	Seq    uint64 `json:"seq"`
	State  string `json:"state"` // offline, idle, wait, pin, choice, card, result
	Title  string `json:"title"`
	Amount string `json:"amount"`
	Note   string `json:"note"`
	Dots   int    `json:"dots"`
	// Lines are numbered labels, or the end of a number that was keyed.
	Lines []string `json:"lines,omitempty"`
}

// ErrNotAsked says that the PIN pad takes no keys now.
var ErrNotAsked = errors.New("the PIN pad does not ask for a key")

// Page is the link that opens the page, with its key.
func (p *PINPad) Page() (string, error) {
	f, err := os.Open(p.PageFile)
	if err != nil {
		return "", fmt.Errorf("PIN pad: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxAnswer))
	return strings.TrimSpace(string(b)), err
}

// Screen is what is shown now.
func (p *PINPad) Screen(ctx context.Context) (Screen, error) { return p.display(ctx, "") }

// Change waits for another screen than the one with number seen, or for a long
// poll's end.
func (p *PINPad) Change(ctx context.Context, seen uint64) (Screen, error) {
	return p.display(ctx, "?since="+strconv.FormatUint(seen, 10))
}

func (p *PINPad) display(ctx context.Context, query string) (s Screen, err error) {
	answer, err := p.ask(ctx, http.MethodGet, "/v1/display"+query, "")
	if err != nil {
		return s, err
	}
	defer answer.Body.Close() //nolint:errcheck // only read
	if answer.StatusCode != http.StatusOK {
		return s, fmt.Errorf("PIN pad: status %d", answer.StatusCode)
	}
	if json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(&s) != nil {
		return s, errors.New("PIN pad: its answer is not a screen")
	}
	return s, nil
}

// Press presses one key: a digit, "clear", "cancel" or "ok".
func (p *PINPad) Press(ctx context.Context, key string) error {
	answer, err := p.ask(ctx, http.MethodPost, "/v1/keys", `{"key":"`+key+`"}`)
	if err != nil {
		return err
	}
	defer answer.Body.Close() //nolint:errcheck // nothing in it
	switch answer.StatusCode {
	case http.StatusNoContent:
		return nil
	case http.StatusConflict:
		return ErrNotAsked
	}
	return fmt.Errorf("PIN pad: status %d", answer.StatusCode)
}

// Type presses the digits of a PIN, and not OK.
func (p *PINPad) Type(ctx context.Context, pin string) error {
	for _, digit := range pin {
		if err := p.Press(ctx, string(digit)); err != nil {
			return err
		}
	}
	return nil
}

// Enter waits until a PIN is asked for and enters it.
func (p *PINPad) Enter(ctx context.Context, pin string) (Screen, error) {
	s, err := p.Await(ctx, "pin")
	if err == nil {
		err = p.Type(ctx, pin)
	}
	if err == nil {
		err = p.Press(ctx, "ok")
	}
	return s, err
}

// Choose waits until an application is to be chosen and presses its number, from
// 1; 0 cancels.
func (p *PINPad) Choose(ctx context.Context, number int) (Screen, error) {
	s, err := p.Await(ctx, "choice")
	if err != nil {
		return s, err
	}
	key := "cancel"
	if number > 0 {
		key = strconv.Itoa(number)
	}
	return s, p.Press(ctx, key)
}

// KeyIn waits until a card is to be keyed in and keys its number, its expiry date
// (MMYY, as it is printed) and its verification code.
func (p *PINPad) KeyIn(ctx context.Context, number, expiry, code string) error {
	if _, err := p.Await(ctx, "card"); err != nil {
		return err
	}
	for _, field := range []string{number, expiry, code} {
		if err := p.Type(ctx, field); err != nil {
			return err
		}
		if err := p.Press(ctx, "ok"); err != nil {
			return err
		}
	}
	return nil
}

// Await waits until the display is in a state.
func (p *PINPad) Await(ctx context.Context, state string) (Screen, error) {
	s, err := p.Screen(ctx)
	for err == nil && s.State != state {
		s, err = p.Change(ctx, s.Seq)
	}
	return s, err
}

func (p *PINPad) ask(ctx context.Context, method, path, body string) (*http.Response, error) {
	page, err := p.Page()
	if err != nil {
		return nil, err
	}
	base, key, ok := strings.Cut(page, "/#")
	if !ok {
		return nil, errors.New("PIN pad: its address has no key")
	}
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, method, base+path, content)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+key)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := p.client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("PIN pad: %w", err)
	}
	return answer, nil
}
