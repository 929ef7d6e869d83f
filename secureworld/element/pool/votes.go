package pool

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// errVotes says that a number of votes is none.
var errVotes = errors.New("pool: a verb has 1 to 7 votes")

// check holds the numbers of a Config to their ranges.
func (c *Config) check() error {
	for _, n := range c.VerbVotes {
		if n < 1 || n > door.MaxMembers {
			return errVotes
		}
	}
	return nil
}

// votes is how many votes this client wants for an answer to a verb; need is what it
// wants for those of which nothing else is said.
func (c *Config) votes(g *agreed, need int, verb element.Kind) int {
	if n, ok := c.VerbVotes[verb]; ok {
		return n
	}
	if c.Votes == 0 && door.Alone(g.transcript.Policy, g.transcript.Mode, verb) {
		return 1
	}
	return need
}

// offers tells whether a group answers a verb, and with the votes that this client
// wants: by its policy one member alone may answer.
func (c *Config) offers(s *session, verb element.Kind) bool {
	n := c.votes(s.agreed, s.need, verb)
	alone := door.Alone(s.transcript.Policy, s.transcript.Mode, verb)
	return s.transcript.Verbs>>verb&1 == 1 && n <= len(s.holders) && (n == 1 || !alone)
}
