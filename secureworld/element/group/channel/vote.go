package channel

import (
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/siv"
)

// voteInput is the length of what a vote covers.
const voteInput = 17 + 8 + 4 + 16 + 8 + door.HashSize + 1 + door.SIVSize

// Votes is the key of one member's votes in one session. Any number of goroutines may
// use it.
type Votes struct {
	mac *siv.MAC
}

// NewVotes exports the key of a member's votes.
func NewVotes(e exporter) (*Votes, error) {
	key, err := e.Export("strongroom vote 1", 32)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	mac, err := siv.NewMAC(key)
	if err != nil {
		return nil, err
	}
	return &Votes{mac}, nil
}

// Sum is the vote for an answer.
func (v *Votes) Sum(q *door.Question, a *door.Answer) [door.VoteSize]byte {
	var room [voteInput]byte
	return v.mac.Sum(door.VoteInput(room[:0], q, a))
}

// Valid reports in constant time whether a's vote is that of this key's member.
func (v *Votes) Valid(q *door.Question, a *door.Answer) bool {
	var room [voteInput]byte
	return v.mac.Verify(&a.Vote, door.VoteInput(room[:0], q, a))
}

// Wipe erases the key.
func (v *Votes) Wipe() { v.mac.Wipe() }
