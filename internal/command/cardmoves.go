//go:build linux

package command

import (
	"context"
	"fmt"
	"io"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// A move is what a hand does with cards: one of its two functions.
type move struct {
	name, tells string
	bring       func(estate.Places, context.Context, virtualcard.Profile) error // takes a card's name
	remove      func(estate.Places, context.Context) error
}

func moves() []move {
	return []move{
		{name: "insert", tells: "is in the reader", bring: estate.Places.Insert},
		{name: "tap", tells: "is held to the reader, until: card away", bring: estate.Places.Tap},
		{name: "swipe", tells: "was swiped", bring: estate.Places.Swipe},
		{name: "pull", tells: "the slot is empty", remove: estate.Places.Pull},
		{name: "away", tells: "the field is empty", remove: estate.Places.Away},
	}
}

// takes tells whether these arguments are this move's.
func (m move) takes(name string, cards []string) bool {
	return m.name == name && (m.bring != nil) == (len(cards) == 1) && len(cards) <= 1
}

func (m move) do(ctx context.Context, home string, cards []string, out io.Writer) error {
	lane, err := estate.Find(home)
	if err != nil {
		return err
	}
	if m.remove != nil {
		if err := m.remove(lane, ctx); err != nil {
			return err
		}
		fmt.Fprintln(out, m.tells)
		return nil
	}
	c, err := bureau.Load(estate.Wallet(home), cards[0])
	if err != nil {
		return err
	}
	if err := m.bring(lane, ctx, c.Profile); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s %s; its PIN is %s\n", c.Name, m.tells, c.PIN)
	return nil
}
