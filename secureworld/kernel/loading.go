//go:build linux

package main

import (
	"context"
	"encoding/hex"
	"errors"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/keystore"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/remoteload"
)

// replaceWait is how long a replacement may take; it writes two files, two records of
// the journal and the list of keys.
const replaceWait = 20 * time.Second

// keyHolder is what loading asks of the keystore.
type keyHolder interface {
	Loading() (keystore.Loading, error)
	KeepRevoked(time.Time) error
	StageHost(func(room []byte) ([8]byte, error)) (keystore.Replacement, error)
	DropStaged()
}

// loading takes host keys from afar. A random number is good for one token and does not
// outlive the kernel. The device's key lies on the heap from the challenge to the token.
type loading struct {
	keys    keyHolder
	replace func(context.Context, transaction.Replacing) (mailbox.Code, error)
	now     func() time.Time

	mu     sync.Mutex
	device *remoteload.Device // between a challenge and its token
	lost   bool               // a replacement was asked for and not answered: only a new start knows
}

// Challenge draws the random number for the next token.
func (l *loading) Challenge() (random [16]byte, o handover.Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	held, err := l.keys.Loading()
	switch {
	case l.lost:
		return random, handover.OutcomeDenied
	case errors.Is(err, keystore.ErrNoLoading):
		return random, handover.OutcomeNotSupported
	case err != nil:
		return random, handover.OutcomeDenied
	}
	l.device = &remoteload.Device{Authority: held.Authority, Own: held.Own, Key: held.Key, Revoked: held.Revoked}
	b, err := l.device.Challenge(l.now())
	if err != nil || copy(random[:], b) != len(b) || len(b) != len(random) {
		l.device = nil
		return [16]byte{}, handover.OutcomeDenied
	}
	return random, handover.OutcomeDone
}

// Load opens a delivery and puts its key in the place of the host key. The challenge is
// used up whatever comes of it.
func (l *loading) Load(delivery []byte) handover.Outcome {
	l.mu.Lock()
	defer l.mu.Unlock()
	device := l.device
	l.device = nil
	list, token, err := remoteload.SplitDelivery(delivery)
	if err != nil || device == nil {
		return handover.OutcomeToken
	}
	plan, err := l.keys.StageHost(func(room []byte) ([8]byte, error) { return l.open(device, list, token, room) })
	defer l.keys.DropStaged()
	switch {
	case errors.Is(err, keystore.ErrSameKey), errors.Is(err, keystore.ErrUsedKey):
		return handover.OutcomeLoaded
	case err != nil:
		return handover.OutcomeToken
	}
	ctx, cancel := context.WithTimeout(context.Background(), replaceWait)
	defer cancel()
	code, err := l.replace(ctx, transaction.Replacing{Old: plan.Gone.KeyID, New: plan.KeyID,
		OldCheck: plan.Gone.Check, NewCheck: plan.Check, Left: plan.Gone.Left})
	l.lost = err != nil
	return replaced(code, err)
}

// open holds a token to the host that the storage is bound to, and writes its key to
// room.
func (l *loading) open(device *remoteload.Device, list, token, room []byte) (id [8]byte, err error) {
	held, err := l.keys.Loading()
	if err != nil {
		return id, err
	}
	if err := device.Bind(held.Host.Raw, list, l.now()); err != nil {
		return id, err
	}
	if err := l.keys.KeepRevoked(device.Revoked); err != nil {
		return id, err
	}
	want := remoteload.Expect{Usage: "B1", Algorithm: 'A', Mode: 'X', Exportability: 'N', Size: len(room)}
	h, err := device.Open(token, list, want, room, l.now())
	if err != nil {
		return id, err
	}
	b, err := hex.DecodeString(h.KeyID)
	if err != nil || copy(id[:], b) != len(id) || len(b) != len(id) {
		return id, remoteload.ErrHeader
	}
	return id, nil
}

func replaced(code mailbox.Code, err error) handover.Outcome {
	switch {
	case err != nil:
		return handover.OutcomeUnusable // the kernel ends; its next start finds out which key it has
	case code == mailbox.CodeNone:
		return handover.OutcomeDone
	case code == mailbox.CodeBusy || code == mailbox.CodeReversalMode:
		return handover.OutcomeBusy
	}
	return handover.OutcomeDenied
}

// takeKeys wires remote key loading.
func (k *kernel) takeKeys(link *handover.Link) {
	link.LoadKeys(&loading{keys: k.keys, now: time.Now, replace: func(ctx context.Context, plan transaction.Replacing) (mailbox.Code, error) {
		r, err := k.stepper.Ask(ctx, func(n uint64) transaction.Event { return transaction.ReplaceKey{Reply: n, Plan: plan} })
		return r.Refused, err
	}})
}

// replaceKey is the stepper's. What fails is told by the key that is in use still; a list
// of keys that could not be written is mended by the journal at the next start.
func (k *kernel) replaceKey() [8]byte {
	_, _ = k.keys.ReplaceStaged()
	return k.keys.HostKeyID()
}

// mendKeys brings the list of keys up to the journal.
func (k *kernel) mendKeys(core *transaction.Core) error {
	r, any := core.LastReplacing()
	if !any {
		return nil
	}
	return k.keys.Mend(keystore.Replacement{Gone: keystore.Destroyed{KeyID: r.Old, Left: r.Left, Check: r.OldCheck}, KeyID: r.New, Check: r.NewCheck})
}
