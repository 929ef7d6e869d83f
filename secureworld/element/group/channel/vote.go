package channel

import (
	"crypto/cipher"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// voteInput is the length of what a vote covers.
const voteInput = 17 + 8 + 4 + 16 + 8 + door.HashSize + 1 + door.SIVSize

// Votes is the key of one member's votes in one session. Any number of goroutines may
// use it.
type Votes struct {
	block cipher.Block
	erase func()
}

// NewVotes exports the key of a member's votes.
func NewVotes(e exporter) (*Votes, error) {
	key, err := e.Export("strongroom vote 1", 32)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	block, erase, err := schedule.NewAES(key, nil)
	if err != nil {
		return nil, err
	}
	return &Votes{block, erase}, nil
}

// Sum is the vote for an answer.
func (v *Votes) Sum(q *door.Question, a *door.Answer) (vote [door.VoteSize]byte) {
	var room [voteInput]byte
	cmac.Sum(vote[:0], v.block, door.VoteInput(room[:0], q, a))
	return vote
}

// Valid reports in constant time whether a's vote is that of this key's member.
func (v *Votes) Valid(q *door.Question, a *door.Answer) bool {
	var room [voteInput]byte
	return cmac.Verify(v.block, a.Vote[:], door.VoteInput(room[:0], q, a))
}

// Wipe erases the key.
func (v *Votes) Wipe() { v.erase() }
