//go:build linux

package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/till"
)

// key is an idempotency key with what must be true of it from now on.
type key struct {
	name   string
	amount int64
	refund bool // of a payment before
	keys   *keys

	sent bool   // guarded by keys.mu: the till may have been heard
	id   string // guarded by keys.mu: of the payment, once the till has it or a probe
	last paid   // guarded by keys.mu: as it was last answered
}

// keys are those of a lane, in the order of their sales.
type keys struct {
	all []*key

	mu      sync.Mutex
	begun   int            // how many were sent; guarded by mu
	answers map[string]int // of probes, by what was answered; guarded by mu
	wrong   []string       // guarded by mu
}

// refundEvery is after how many sales a part of one is given back: cents that no other
// payment is about.
const refundEvery = 15

func newKeys(lane, n int, seed uint64) *keys {
	k := &keys{answers: map[string]int{}}
	for i := range n {
		k.all = append(k.all, &key{name: fmt.Sprintf("chaos-%d-%d-%d", seed, lane, i), amount: firstAmount + int64(i), keys: k})
		if back := int64(i/refundEvery) + 1; i%refundEvery == refundEvery-1 && back < firstAmount {
			k.all = append(k.all, &key{name: fmt.Sprintf("chaos-%d-%d-%d-back", seed, lane, i), amount: back, refund: true, keys: k})
		}
	}
	return k
}

func (k *key) send() {
	k.keys.mu.Lock()
	defer k.keys.mu.Unlock()
	if !k.sent {
		k.sent = true
		k.keys.begun++
	}
}

// accept is the till's answer to Start; an error says that it is another payment than
// a probe has seen.
func (k *key) accept(id string) error {
	k.keys.mu.Lock()
	defer k.keys.mu.Unlock()
	if k.id != "" && k.id != id {
		return fmt.Errorf("%s was payment %s and is %s", k.name, k.id, id)
	}
	k.id = id
	return nil
}

func (k *keys) blame(format string, a ...any) { k.wrong = append(k.wrong, sentence(format, a...)) }

// check judges the answer to a probe: what stood before it was asked, and what was
// answered. Of a key that was never sent nothing may be known even now.
func (k *key) check(before key, p paid, err error) {
	k.keys.mu.Lock()
	defer k.keys.mu.Unlock()
	says := answerOf(p, err)
	k.keys.answers[says]++
	switch {
	case says == neverSeen && before.id != "":
		k.keys.blame("%s was %s, and is never seen", k.name, before.id)
	case err != nil:
	case !k.sent:
		k.keys.blame("%s was never sent, and is %s", k.name, p.ID)
	case k.id != "" && k.id != p.ID:
		k.keys.blame("%s was payment %s and is %s", k.name, k.id, p.ID)
	case before.last.Outcome != "" && !same(before.last, p):
		k.keys.blame("%s was processed as %+v and is %+v", k.name, before.last, p)
	default:
		k.id = p.ID
		if p.Version >= k.last.Version {
			k.last = p
		}
	}
}

func same(a, b paid) bool {
	return a.Outcome == b.Outcome && a.Money == b.Money && a.net() == b.net() && a.ID == b.ID
}

// Answers to a probe, beside the codes of problems.
const (
	processed  = "processed"
	inProgress = "in progress"
	neverSeen  = "never_seen"
	noAnswer   = "no answer"
)

func answerOf(p paid, err error) string {
	var refused *till.Problem
	switch {
	case errors.As(err, &refused):
		return refused.Code
	case err != nil:
		return noAnswer
	case p.Outcome != "":
		return processed
	}
	return inProgress
}

// ask asks the terminal for a key, and judges the answer.
func (k *key) ask(ctx context.Context, t *till.Till) (p paid, err error) {
	k.keys.mu.Lock()
	before := key{id: k.id, last: k.last}
	k.keys.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	err = t.Get(ctx, "/v1/payments?idempotency_key="+url.QueryEscape(k.name), &p)
	if ctx.Err() == nil || err == nil {
		k.check(before, p, err)
	}
	return p, err
}

// probe asks for keys of now, of before and of later, until ctx ends.
func (k *keys) probe(ctx context.Context, t *till.Till, draw *rand.Rand) {
	for pause(ctx, probeEvery) == nil {
		_, _ = k.pick(draw).ask(ctx, t)
	}
}

// probeEvery is some ten times in a sale.
const probeEvery = 15 * time.Millisecond

func (k *keys) pick(draw *rand.Rand) *key {
	k.mu.Lock()
	begun := k.begun
	k.mu.Unlock()
	last := len(k.all) - 1
	switch draw.IntN(10) {
	case 0:
		return k.all[min(begun+draw.IntN(last+1), last)] // mostly one to come
	case 1, 2, 3:
		return k.all[draw.IntN(min(begun, last)+1)] // any so far
	case 4, 5:
		return k.all[max(0, begun-2)] // the one before
	}
	return k.all[max(0, begun-1)] // that of now
}
