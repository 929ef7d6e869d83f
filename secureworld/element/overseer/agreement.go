package overseer

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
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
	// haltPause is that of a group which serves nobody, because two accuse each other.
	haltPause = 8 * time.Second
)

// agree has the members agree on a new epoch, and repeats it without those that failed.
// Where too few remain, the group stops and the epoch before serves no more.
func (o *Overseer) agree(ctx context.Context, why string) {
	skip := map[*member]bool{}
	for range maxAttempts {
		present := o.identify(ctx, skip)
		if !o.enough(present) {
			break
		}
		e, failed := o.attempt(ctx, present)
		if failed == nil {
			e.cause = why
			o.install(ctx, e)
			return
		}
		if ctx.Err() != nil {
			return
		}
		o.fault(present, failed, skip)
	}
	o.halt()
}

// enough tells whether there are as many as the group needs that are no shadows.
func (o *Overseer) enough(members []*member) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.counted(members) >= o.minimum()
}

// tooFew is why a group stops of which not enough are left.
const tooFew = "too few elements agree on a secret"

// halt ends serving: nothing is released by fewer than the group needs.
func (o *Overseer) halt() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.state != "stopped" {
		o.find("stopped: " + tooFew)
	}
	if !o.stopped {
		o.reason = tooFew
	}
	o.state, o.epoch, o.old = "stopped", nil, nil
	o.delay()
	if soon := o.config.Clock().Add(haltPause); o.nextEpoch.After(soon) {
		o.nextEpoch = soon
	}
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
	if before != nil && before.able() < before.need {
		oldest, before = before, nil // its clients learn at once that it is over
	}
	if before != nil {
		before.retire = o.config.Clock().Add(o.config.Drain)
	}
	o.epoch, o.old, o.epochCause = e, before, e.cause
	if o.counted(e.members) > 2 {
		o.goOn("a third element is there")
	}
	if !o.stopped {
		o.state, o.reason = "serving", ""
	}
	o.delay()
	in := map[*member]bool{}
	for _, m := range e.members {
		in[m], m.absent, m.reset, m.silent, m.breaker = true, false, false, false, breaker{}
	}
	for _, m := range o.members {
		m.absent = !in[m]
	}
	o.find(fmt.Sprintf("epoch %d: %d elements (%s)", e.number, len(e.members), e.cause))
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

// counted is how many of them are no shadows. The caller holds mu.
func (o *Overseer) counted(members []*member) (n int) {
	for _, m := range members {
		if m.record.Health != Probation {
			n++
		}
	}
	return n
}

// attempt drives one agreement among members: failed says why there is no epoch.
func (o *Overseer) attempt(ctx context.Context, members []*member) (e *epoch, failed *failure) {
	e, err := o.propose(members)
	if err != nil {
		return nil, &failure{}
	}
	f := &failure{epoch: e, step: door.KindPropose}
	commitments, faults := round[door.Commitment](ctx, members, f.step, func(int) any {
		return door.Propose{Transcript: e.transcript}
	})
	if f.none(faults) {
		for i := range commitments {
			f.commitments = append(f.commitments, commitments[i].Commitment[:]...)
		}
		f.seen(e.unsigned(f.commitments, door.CommitmentSize, sha256.Size, door.CommitmentInput))
	}
	if f.any() {
		return nil, f
	}
	f.step = door.KindFix
	contributions, faults := round[door.Contribution](ctx, members, f.step, func(int) any {
		return door.Fix{Commitments: f.commitments}
	})
	if f.none(faults) {
		f.none(wellFormed(contributions))
	}
	if f.any() {
		return nil, f
	}
	return o.confirm(ctx, f, members, contributions)
}

// confirm is the second half of an attempt: contributions are sealed, and who ends it
// from here on knows them.
func (o *Overseer) confirm(ctx context.Context, f *failure, members []*member, contributions []door.Contribution) (*epoch, *failure) {
	f.step = door.KindDeliver
	e := f.epoch
	confirmations, faults := round[door.Confirmation](ctx, members, f.step, func(to int) any {
		return door.Deliver{Sealed: delivery(contributions, to)}
	})
	if f.none(faults) {
		for i := range confirmations {
			e.confirmations = append(e.confirmations, confirmations[i].Confirmation[:]...)
		}
		f.seen(e.unsigned(e.confirmations, door.ConfirmationSize, 2*sha256.Size, confirmationInput))
	}
	if f.any() {
		return nil, f
	}
	f.step = door.KindActivate
	_, faults = round[door.Active](ctx, members, f.step, func(int) any {
		return door.Activate{Confirmations: e.confirmations}
	})
	if f.none(faults); f.any() {
		return nil, f
	}
	return e, nil
}

// confirmationInput is what a confirmation's signature covers, of MAC and key in one.
func confirmationInput(dst []byte, transcript *[32]byte, said []byte) []byte {
	return door.ConfirmationInput(dst, transcript, said[:sha256.Size], said[sha256.Size:])
}

// unsigned are the members whose part of all is not signed by them: this an overseer
// sees for itself.
func (e *epoch) unsigned(all []byte, size, signed int, input func(dst []byte, transcript *[32]byte, said []byte) []byte) (at []int) {
	for i, key := range e.keys {
		part := all[i*size:][:size]
		if !ed25519.Verify(key, input(nil, &e.hash, part[:signed]), part[signed:]) {
			at = append(at, i)
		}
	}
	return at
}

// propose writes the transcript of the next epoch. Its number is that of the second, so
// that it rises over a restart too and no member's word is needed for it.
func (o *Overseer) propose(members []*member) (*epoch, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last = max(o.last+1, uint32(o.config.Clock().Unix())) //nolint:gosec // until 2106
	t := door.Transcript{
		Group: o.group, Epoch: o.last, Policy: o.config.Policy, Mode: o.modeNow(),
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
		number: t.Epoch, mode: t.Mode, verbs: t.Verbs, transcript: encoded, hash: door.HashTranscript(encoded),
		members: members, keys: keys, need: needOf(t.Mode, len(members)), sessions: map[door.SessionID][]byte{},
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
