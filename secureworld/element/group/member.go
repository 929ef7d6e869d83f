// Package group is a secure element as member of a group: it proves who it is, agrees
// with the others on a secret that their MCU does not have, and answers sealed
// questions of clients so that the answers can be compared and not be read. The door
// is package group/door; the sealing is package siv.
//
// The programs of elements alone import it. Secrets of a group never leave it, and an
// answer has no freedom in it: fill and padding are a function of the question.
package group

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
)

// Config is what a member is made of.
type Config struct {
	Identity   *identity.Element
	Make       string // as in the manufacturer's certificate
	Verbs      uint32 // bit n: verb n offered
	Operations element.Operations
}

// Member is one element of a group. Any number of goroutines may use it.
type Member struct {
	cfg Config
}

// NewMember makes a member that has agreed on nothing yet.
func NewMember(c Config) (*Member, error) {
	holder, err := c.Identity.Authorities.Element(c.Identity.Manufacturer, c.Identity.Operator)
	if err != nil || holder.Make != c.Make || len(c.Make) > door.MaxMake {
		return nil, errors.New("group: the identity is not certified for this make")
	}
	return &Member{cfg: c}, nil
}
