package overseer

import (
	"context"
	"crypto/ed25519"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// investigate has all members testify to a disputed question, steps the health of those
// who stand against a majority, and keeps the evidence.
func (o *Overseer) investigate(b *batch, q int) {
	c := &dispute{epoch: b.epoch, mode: b.mode, question: door.AppendQuestion(nil, &b.questions[q])}
	for i := range b.epoch.members {
		if b.answers[i] != nil {
			a := b.answers[i][q]
			c.answers[i] = &a
		}
	}
	o.spawn(func(ctx context.Context) {
		select {
		case o.probes <- struct{}{}:
			defer func() { <-o.probes }()
		default:
			return
		}
		o.hear(ctx, c)
		o.conclude(c)
		o.keepEvidence(c)
	})
}

// dispute is one disputed question.
type dispute struct {
	epoch       *epoch
	mode        door.Mode // in which it was asked
	question    []byte
	answers     [door.MaxMembers]*door.Answer    // what they said; nil: nothing yet
	testimonies [door.MaxMembers]*door.Testimony // what they signed; nil: nothing, or not validly
	signed      [door.MaxMembers]*door.Answer
}

// hear asks all members again.
func (o *Overseer) hear(ctx context.Context, c *dispute) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var wg sync.WaitGroup
	for i, m := range c.epoch.members {
		wg.Go(func() {
			t, err := call[door.Testimony](ctx, m.link, door.KindTestify, door.Testify{Question: c.question})
			if err != nil {
				return
			}
			if a, ok := testified(c.epoch.hash[:], c.question, &t, c.epoch.keys[i]); ok {
				c.testimonies[i], c.signed[i] = &t, a
			}
		})
	}
	wg.Wait()
}

// testified verifies a testimony and returns what it says.
func testified(hash, question []byte, t *door.Testimony, key ed25519.PublicKey) (*door.Answer, bool) {
	if !ed25519.Verify(key, door.TestimonyInput(nil, hash, question, t.Answer), t.Signature[:]) {
		return nil, false
	}
	a, rest, err := door.ParseAnswer(t.Answer)
	if err != nil || len(rest) != 0 {
		return nil, false
	}
	return &a, true
}

// agreesOn tells whether two testimonies say the same.
func agreesOn(a, b *door.Answer) bool {
	return a.Code == b.Code && a.SIV == b.SIV && a.Seen == b.Seen
}

// majority is the index of one whose testimony more than half of the members share; -1:
// none.
func majority(signed []*door.Answer) int {
	for i := range signed {
		n := 0
		for j := range signed {
			if signed[i] != nil && signed[j] != nil && agreesOn(signed[i], signed[j]) {
				n++
			}
		}
		if n > len(signed)/2 {
			return i
		}
	}
	return -1
}

// conclude steps the health of those whom the testimonies show to be wrong.
func (o *Overseer) conclude(c *dispute) {
	n := len(c.epoch.members)
	at := majority(c.signed[:n])
	o.mu.Lock()
	defer o.mu.Unlock()
	if at < 0 {
		o.irreconcilable(c)
		return
	}
	right := c.signed[at]
	for i, m := range c.epoch.members {
		if c.epoch.number < m.since {
			continue
		}
		said := c.answers[i] != nil && c.answers[i].Code == door.CodeAnswered && c.answers[i].SIV != right.SIV
		if said && m.wrong == 0 {
			m.wrong = 1 // where no majority had answered
		}
		switch {
		case c.signed[i] != nil && !agreesOn(c.signed[i], right):
			o.step(m, Confirmed, "signed otherwise than a majority")
		case c.signed[i] == nil && said:
			o.step(m, Confirmed, "will not sign what it said against a majority")
		case said && c.mode != door.ModeQuorum:
			o.step(m, Wrong, "said otherwise than it signs")
		}
	}
}

// irreconcilable stops a group in dual mode of which two sign different answers: nobody
// in it can tell who is wrong. Two who are left of three go on in mode quorum, and
// release what they agree on. The caller holds mu.
func (o *Overseer) irreconcilable(c *dispute) {
	if c.epoch == o.epoch && len(c.epoch.members) == 2 && o.liars() > 0 && o.opposed(c) && o.sentence() {
		return
	}
	if c.epoch.mode != door.ModeDual || c.epoch != o.epoch {
		return
	}
	first := -1
	for i, m := range c.epoch.members {
		switch {
		case c.signed[i] == nil:
		case first < 0:
			first = i
		case !agreesOn(c.signed[first], c.signed[i]):
			o.stopFor(c.epoch.members[first], m)
		}
	}
}

// opposed notes that two who are left sign different answers: with what was held
// against one of them before, that may tell who lies. The caller holds mu.
func (o *Overseer) opposed(c *dispute) bool {
	a, b := c.signed[0], c.signed[1]
	if a == nil || b == nil || agreesOn(a, b) {
		return false
	}
	o.pair(c.epoch.members[0], c.epoch.members[1])
	return true
}

// keepEvidence writes what is known of a dispute, within the bound on files.
func (o *Overseer) keepEvidence(c *dispute) {
	o.mu.Lock()
	o.evidence++
	number := o.evidence
	o.mu.Unlock()
	if o.config.Evidence == "" || number > maxEvidence {
		return
	}
	e := Evidence{
		Time: o.config.Clock().UTC().Format(time.RFC3339Nano), Group: o.config.Group, Epoch: c.epoch.number,
		Transcript: c.epoch.transcript, Question: c.question,
	}
	for i := range c.epoch.members {
		if a := c.answers[i]; a != nil {
			e.Answers = append(e.Answers, Said{Member: i, Answer: door.AppendAnswer(nil, a)})
		}
		if t := c.testimonies[i]; t != nil {
			e.Testimonies = append(e.Testimonies, Signed{Member: i, Answer: t.Answer, Signature: t.Signature[:]})
		}
	}
	_ = e.write(o.config.Evidence, number)
}
