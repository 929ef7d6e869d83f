package overseer

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// pause is how long after an epoch the next one may begin that is not for a quarantine,
// and longestPause where elements come and go all the time.
const (
	pause        = 2 * time.Second
	longestPause = time.Minute
)

// agree has the members agree on a new epoch, and repeats it without those that failed.
// Where too few remain, the group stops and the epoch before serves no more.
func (o *Overseer) agree(ctx context.Context) {
	skip := map[*member]bool{}
	for range maxAttempts {
		present := o.identify(ctx, skip)
		if o.counting(present) < o.minimum() {
			break
		}
		e, faults := o.attempt(ctx, present)
		if e != nil {
			o.install(ctx, e)
			return
		}
		if ctx.Err() != nil {
			return
		}
		o.fault(present, faults, skip)
	}
	o.halt()
}

// counting is how many of them are no shadows.
func (o *Overseer) counting(members []*member) (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range members {
		if m.record.Health != Probation {
			n++
		}
	}
	return n
}

// halt ends serving: nothing is released by fewer than the group needs.
func (o *Overseer) halt() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.state != "stopped" {
		o.find("stopped: too few elements agree on a secret")
	}
	o.state, o.epoch, o.old = "stopped", nil, nil
	o.delay()
}

// delay sets when the next epoch may begin: each that follows soon on another doubles
// the pause. The caller holds mu.
func (o *Overseer) delay() {
	now := o.config.Clock()
	if now.After(o.nextEpoch.Add(longestPause)) {
		o.backoff = pause / 2
	}
	o.backoff = min(2*o.backoff, longestPause)
	o.nextEpoch = now.Add(o.backoff)
}

// install lets an epoch serve; the one before drains.
func (o *Overseer) install(ctx context.Context, e *epoch) {
	o.mu.Lock()
	before, oldest := o.epoch, o.old
	if before != nil {
		before.retire = o.config.Clock().Add(o.config.Drain)
	}
	o.epoch, o.old, o.state = e, before, "serving"
	o.delay()
	in := map[*member]bool{}
	for _, m := range e.members {
		in[m], m.absent, m.reset, m.breaker = true, false, false, breaker{}
	}
	for _, m := range o.members {
		m.absent = !in[m]
	}
	o.find(fmt.Sprintf("epoch %d: %d elements", e.number, len(e.members)))
	o.mu.Unlock()
	if oldest != nil {
		for _, m := range oldest.members {
			o.retireAt(ctx, m, oldest)
		}
	}
	if before != nil {
		for _, m := range before.members {
			if !in[m] {
				o.retireAt(ctx, m, before)
			}
		}
	}
}

// fault counts an agreement that failed, and takes the one who is to blame out of the
// next attempt: for good who was named, for now who was silent.
func (o *Overseer) fault(present []*member, faults []fault, skip map[*member]bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.aborts++; o.aborts&(o.aborts-1) == 0 {
		o.find(fmt.Sprintf("agreements that failed so far: %d", o.aborts))
	}
	if at := named(len(present), faults); at >= 0 {
		o.step(present[at], Blamed, "named in an agreement")
		skip[present[at]] = true
		return
	}
	for _, f := range faults {
		present[f.member].absent = true
		skip[present[f.member]] = true
	}
}

// fault is a member that did not do its part, and whom it blames.
type fault struct {
	member int // index in the attempt
	err    error
}

// named is the member that most others blame, -1: nobody.
func named(members int, faults []fault) int {
	counts, best := make([]int, members), -1
	for _, f := range faults {
		var r refused
		if !errors.As(f.err, &r) || int(r.Member) >= members || int(r.Member) == f.member {
			continue
		}
		at := int(r.Member)
		if counts[at]++; best < 0 || counts[at] > counts[best] {
			best = at
		}
	}
	return best
}

// attempt drives one agreement among members.
func (o *Overseer) attempt(ctx context.Context, members []*member) (*epoch, []fault) {
	e, err := o.propose(members)
	if err != nil {
		return nil, nil
	}
	commitments, faults := round[door.Commitment](ctx, members, door.KindPropose, func(int) any {
		return door.Propose{Transcript: e.transcript}
	})
	if faults != nil {
		return nil, faults
	}
	var fixed []byte
	for i := range commitments {
		fixed = append(fixed, commitments[i].Commitment[:]...)
	}
	contributions, faults := round[door.Contribution](ctx, members, door.KindFix, func(int) any {
		return door.Fix{Commitments: fixed}
	})
	if faults == nil {
		faults = wellFormed(contributions)
	}
	if faults != nil {
		return nil, faults
	}
	confirmations, faults := round[door.Confirmation](ctx, members, door.KindDeliver, func(to int) any {
		return door.Deliver{Sealed: delivery(contributions, to)}
	})
	if faults != nil {
		return nil, faults
	}
	for i := range confirmations {
		e.confirmations = append(e.confirmations, confirmations[i].Confirmation[:]...)
	}
	_, faults = round[door.Active](ctx, members, door.KindActivate, func(int) any {
		return door.Activate{Confirmations: e.confirmations}
	})
	if faults != nil {
		return nil, faults
	}
	return e, nil
}

// propose writes the transcript of the next epoch. Its number is that of the second, so
// that it rises over a restart too and no member's word is needed for it.
func (o *Overseer) propose(members []*member) (*epoch, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last = max(o.last+1, uint32(o.config.Clock().Unix())) //nolint:gosec // until 2106
	t := door.Transcript{
		Group: o.group, Epoch: o.last, Policy: o.config.Policy, Mode: o.config.Mode,
		Verbs: ^uint32(0), Overseer: sha256.Sum256(o.config.Certificate),
	}
	keys := make([]ed25519.PublicKey, 0, len(members))
	for _, m := range members {
		t.Verbs &= m.identity.Verbs
		t.Members = append(t.Members, m.identity)
		keys = append(keys, m.key)
	}
	encoded, err := door.EncodeTranscript(&t)
	if err != nil {
		return nil, err
	}
	return &epoch{
		number: t.Epoch, verbs: t.Verbs, transcript: encoded, hash: door.HashTranscript(encoded),
		members: members, keys: keys, need: o.needOf(len(members)), sessions: map[door.SessionID][]byte{},
	}, nil
}

// wellFormed blames those whose contribution has not the length of all members.
func wellFormed(contributions []door.Contribution) (faults []fault) {
	for i := range contributions {
		if len(contributions[i].Sealed) != len(contributions)*door.ContributionSize {
			faults = append(faults, fault{i, door.CodeAgreement})
		}
	}
	return faults
}

// delivery is what the others contribute for one, zeros in its own place.
func delivery(contributions []door.Contribution, to int) []byte {
	out := make([]byte, 0, len(contributions)*door.ContributionSize)
	for from := range contributions {
		if from == to {
			out = append(out, make([]byte, door.ContributionSize)...)
			continue
		}
		out = append(out, contributions[from].Sealed[to*door.ContributionSize:][:door.ContributionSize]...)
	}
	return out
}

// round asks all members one step at once. Without faults there is an answer of each.
func round[A any](ctx context.Context, members []*member, kind byte, request func(i int) any) ([]A, []fault) {
	ctx, cancel := context.WithTimeout(ctx, stepPatience)
	defer cancel()
	answers, errs := make([]A, len(members)), make([]error, len(members))
	var wg sync.WaitGroup
	for i, m := range members {
		wg.Go(func() { answers[i], errs[i] = call[A](ctx, m.link, kind, request(i)) })
	}
	wg.Wait()
	var faults []fault
	for i, err := range errs {
		if err != nil {
			faults = append(faults, fault{i, err})
		}
	}
	return answers, faults
}
