package overseer

import (
	"bytes"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	client "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/wire"
)

// batch is one frame of questions with what the members say to it. It is owned by one
// goroutine.
type batch struct {
	epoch     *epoch
	mode      door.Mode
	need      int    // that many equal answers release one
	framed    []byte // Ask, as every member gets it
	questions []door.Question
	answers   [door.MaxMembers][]door.Answer // by index in the epoch; nil: none yet
	counts    [door.MaxMembers]bool          // whether its answers may decide
	settled   [door.MaxMembers]bool          // whether it was compared with what was decided
	decided   []decision                     // by question
	open      int                            // questions that are not decided
	asked     time.Time
	released  bool
}

// decision is who is believed to one question.
type decision struct {
	done   bool
	winner int // index in the epoch; -1: nobody
}

func newBatch(e *epoch, mode door.Mode, questions []door.Question, now time.Time) *batch {
	size := wire.Head + 1 + 3
	for i := range questions {
		size += questions[i].Size()
	}
	need := e.need
	if mode == door.ModeSingle {
		need = 1
	}
	b := &batch{epoch: e, mode: mode, need: need, framed: append(make([]byte, wire.Head, size), door.KindAsk), asked: now}
	b.framed = door.AppendAsk(b.framed, questions, true)
	_ = wire.Frame(b.framed)                                                              // Ask keeps within a frame
	b.questions, _, _ = door.ParseAsk(b.body(), make([]door.Question, 0, len(questions))) // in memory of its own: the compare may be late
	b.decided, b.open = make([]decision, len(b.questions)), len(b.questions)
	return b
}

// body is that of the Ask.
func (b *batch) body() []byte { return b.framed[wire.Head+1:] }

// same tells whether two answers are the same to the last byte, the vote apart, which is
// each member's own.
func same(a, b *door.Answer) bool {
	return a.Code == b.Code && a.SIV == b.SIV && a.Seen == b.Seen && bytes.Equal(a.Body, b.Body)
}

// add takes what a member says and decides what can be decided now.
func (b *batch) add(member int, answers []door.Answer) {
	b.answers[member] = answers
	if !b.counts[member] {
		return
	}
	for q := range b.decided {
		if !b.decided[q].done {
			b.decide(q, member)
		}
	}
}

// decide settles a question if the new answer makes enough equal ones, or in dual mode
// if it differs from the other.
func (b *batch) decide(q, latest int) {
	equal, differs := 0, false
	mine := &b.answers[latest][q]
	if local(mine.Code) {
		return // members that lost their secret agree on nothing; others are asked
	}
	for i := range b.epoch.members {
		if b.answers[i] == nil || !b.counts[i] {
			continue
		}
		if same(&b.answers[i][q], mine) {
			equal++
		} else if b.answers[i][q].Code == door.CodeAnswered && mine.Code == door.CodeAnswered {
			differs = true
		}
	}
	switch {
	case b.mode == door.ModeDual && differs:
		b.settle(q, -1)
	case equal >= b.need:
		b.settle(q, latest)
	}
}

// local tells whether a code speaks of a member and not of the question.
func local(c door.Code) bool {
	return c == door.CodeState || c == door.CodeEpoch || c == door.CodeSession || c == door.CodeUnavailable || c == door.CodeLacks
}

func (b *batch) settle(q, winner int) {
	b.decided[q] = decision{true, winner}
	b.open--
}

// releases are the answers that leave: to a question that is not decided, that there is
// no agreement, or that nobody answers.
func (b *batch) releases() []client.Release {
	out := make([]client.Release, len(b.questions))
	members := len(b.epoch.members)
	votes := make([]client.Vote, len(out)*members) // of all
	for q := range out {
		out[q] = b.release(q, votes[q*members:][:0:members])
	}
	return out
}

// release makes one, its votes onto room.
func (b *batch) release(q int, room []client.Vote) client.Release {
	r := client.Release{Votes: room}
	voices := 0
	for i := range b.epoch.members {
		if b.answers[i] == nil || !b.counts[i] {
			continue
		}
		a := &b.answers[i][q]
		r.Votes = append(r.Votes, client.Vote{Member: uint8(i), Code: a.Code, SIV: a.SIV, Vote: a.Vote, Seen: a.Seen}) //nolint:gosec // at most 7
		if a.Code == door.CodeAnswered {
			voices++
		} else {
			r.Code = a.Code
		}
	}
	if d := b.decided[q]; d.done && d.winner >= 0 {
		a := &b.answers[d.winner][q]
		r.Code, r.SIV, r.Body = a.Code, a.SIV, a.Body
		if r.Code == door.CodeAnswered && len(r.Body) == 0 {
			r.Code = door.CodeUnavailable // did not fit its frame: it is asked again
		}
		return r
	}
	switch {
	case b.decided[q].done || voices > 1:
		r.Code = door.CodeQuorum
	case voices == 1 || r.Code == door.CodeAnswered:
		r.Code = door.CodeUnavailable
	}
	return r
}
