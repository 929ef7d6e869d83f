package apdu

import (
	"errors"
	"fmt"
	"sync"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// Transmit sends one command and returns the card's answer, which the client
// wipes. After an error the client begins anew with a selection, so it may be a
// card that was just put in.
type Transmit func(command []byte) (answer []byte, err error)

// ErrLanguage refuses an applet of another version.
var ErrLanguage = errors.New("apdu: the applet speaks another version")

// Client asks an applet; it is element.Operations. Any number of goroutines may
// use it: their questions follow one another, as a card has one ear. A question
// that a reset cut off is asked once more, which is harmless. A card that does
// not answer is element.CodeUnavailable.
type Client struct {
	transmit Transmit

	mu       sync.Mutex // held for a whole question
	selected bool       // guarded by mu
}

// NewClient asks over transmit, which is called by one goroutine at a time.
func NewClient(transmit Transmit) *Client { return &Client{transmit: transmit} }

// Select selects the applet and returns what it offers.
func (c *Client) Select() (Selected, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.choose()
}

// choose is called with mu held.
func (c *Client) choose() (s Selected, err error) {
	c.selected = false
	out, err := c.exchange(Command{CLA: claISO, INS: insSelect, P1: selectByName, Data: AID(), Le: AnyLe})
	if err != nil {
		return s, fmt.Errorf("apdu: selecting the applet: %w", err)
	}
	if frame.Parse(out, &s) != nil || s.Language != element.LanguageVersion {
		return s, ErrLanguage
	}
	c.selected = true
	return s, nil
}

// Load gives the card a key. It needs no more than the block: the card has the key
// that protects it.
func (c *Client) Load(e element.KeyEntry) error {
	_, err := c.question(insLoad, nil, LoadOf(e))
	return err
}

// ask asks and reads the answer.
func ask[A any](c *Client, verb element.Kind, chance *element.Chance, request any) (answer A, err error) {
	out, err := c.question(verb, chance, request)
	if err != nil {
		return answer, err
	}
	defer clear(out)
	if frame.Parse(out, &answer) != nil {
		return answer, element.CodeInternal
	}
	return answer, nil
}

// question asks, once more where the card has forgotten the selection.
func (c *Client) question(ins byte, chance *element.Chance, request any) ([]byte, error) {
	body := make([]byte, 0, MaxBody)
	defer func() { clear(body[:cap(body)]) }()
	if hasChance(ins) {
		body = append(body, chance[:]...)
	}
	body, err := frame.Append(body, request)
	if err != nil || len(body) > MaxBody {
		return nil, element.CodeMalformed
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for range attempts {
		var out []byte
		if out, err = c.try(ins, body); !errors.Is(err, element.CodeUnavailable) {
			return out, err
		}
		c.selected = false
	}
	return nil, err
}

// try asks once. It is called with mu held.
func (c *Client) try(ins byte, body []byte) ([]byte, error) {
	if !c.selected {
		if _, err := c.choose(); err != nil {
			return nil, element.CodeUnavailable
		}
	}
	for n := byte(0); ; n++ {
		q := Command{CLA: claElement, INS: ins, P1: partMore, P2: n, Data: body[:min(len(body), maxPart)]}
		if body = body[len(q.Data):]; len(body) == 0 {
			q.P1, q.Le = partLast, AnyLe
		}
		out, err := c.exchange(q)
		if err != nil || len(body) == 0 {
			return out, err
		}
	}
}
