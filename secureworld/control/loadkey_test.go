package control

import (
	"errors"
	"testing"
)

func TestChallengeAndDeliveryCrossTheDoor(t *testing.T) {
	c, _ := served(t, &clerk{})
	if random, err := c.Challenge(); err != nil || random != [16]byte{9} {
		t.Errorf("%x, %v", random, err)
	}
	if err := c.LoadKey([]byte("delivery")); err != nil {
		t.Error(err)
	}
	if err := c.LoadKey([]byte("another")); !errors.Is(err, ReasonToken) {
		t.Errorf("%v", err)
	}
}
