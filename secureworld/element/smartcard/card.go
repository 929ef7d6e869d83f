package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/apdu"
)

// line is a way to a card: of PC/SC, or a test's.
type line interface {
	// transmit sends one command; after an error the next one begins anew with
	// whatever card there is.
	transmit(command []byte) ([]byte, error)
	close()
}

// open waits for a card with the applet in every reader and loads the keys that it
// has a use for.
func open(lines []line, file element.KeyFile) (element.Operations, func(), error) {
	p := &pool{idle: make(chan *apdu.Client, len(lines)), verbs: ^uint32(0)}
	closing := func() {
		for _, l := range lines {
			l.close()
		}
	}
	for i, l := range lines {
		client := apdu.NewClient(l.transmit)
		offer, err := await(client)
		if err == nil {
			err = load(client, file)
		}
		if err != nil {
			closing()
			return nil, nil, fmt.Errorf("reader %d: %w", i+1, err)
		}
		p.verbs &= offer.Verbs
		p.idle <- client
	}
	return p, closing, nil
}

// await gives a card that was put in just now the time to be seen.
func await(c *apdu.Client) (offer apdu.Selected, err error) {
	for end := time.Now().Add(waitForCard); ; {
		offer, err = c.Select()
		if err == nil || errors.Is(err, apdu.ErrLanguage) || time.Now().After(end) {
			return offer, err
		}
		time.Sleep(lookEvery)
	}
}

// load leaves out the keys of slots that the card does not have: the file is that
// of an element, and a card does a part of its verbs.
func load(c *apdu.Client, file element.KeyFile) error {
	for i, e := range file.Keys {
		if err := c.Load(e); err != nil && !errors.Is(err, element.CodeKey) {
			return fmt.Errorf("loading key %d into the card: %w", i+1, err)
		}
	}
	return nil
}
