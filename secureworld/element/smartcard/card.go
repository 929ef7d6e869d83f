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

// card is the applet in a reader.
type card struct {
	*apdu.Client
	verbs uint32
}

// Verbs are those that the applet offered at the start.
func (c card) Verbs() uint32 { return c.verbs }

// open waits for a card with the applet and loads the keys that it has a use for.
func open(l line, file element.KeyFile) (element.Operations, func(), error) {
	client := apdu.NewClient(l.transmit)
	offer, err := await(client)
	if err == nil {
		err = load(client, file)
	}
	if err != nil {
		l.close()
		return nil, nil, err
	}
	return card{Client: client, verbs: offer.Verbs}, l.close, nil
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
