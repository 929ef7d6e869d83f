package overseer

import (
	"context"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// tick is how often members that are absent or silent are looked for.
const tick = 250 * time.Millisecond

// Run has the members agree, again whenever that is needed, and looks after those that
// are silent, until ctx ends. It waits for everything that it began.
func (o *Overseer) Run(ctx context.Context) error {
	o.mu.Lock()
	o.life = ctx
	o.mu.Unlock()
	defer o.wg.Wait()
	o.restore()
	o.agree(ctx, "the overseer began")
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-o.again:
			o.agree(ctx, o.because())
		case <-ticker.C:
			o.readmitted()
			o.arbitrated()
			o.retire(ctx)
			o.roll()
			if why := o.look(ctx); why != "" {
				o.agree(ctx, why)
			}
		}
	}
}

// newEpoch asks for one. The caller holds mu.
func (o *Overseer) newEpoch(why string) {
	o.cause = why
	select {
	case o.again <- struct{}{}:
	default:
	}
}

// because is why a new epoch was asked for last.
func (o *Overseer) because() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.cause
}

// spawn runs f while the overseer runs, and tells whether it does.
func (o *Overseer) spawn(f func(ctx context.Context)) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.life == nil || o.life.Err() != nil {
		return false
	}
	ctx := o.life
	o.wg.Go(func() { f(ctx) })
	return true
}

// retire ends the epoch before once it has drained.
func (o *Overseer) retire(ctx context.Context) {
	o.mu.Lock()
	old := o.old
	if old == nil || o.config.Clock().Before(old.retire) {
		o.mu.Unlock()
		return
	}
	o.old = nil
	o.mu.Unlock()
	for _, m := range old.members {
		o.retireAt(ctx, m, old)
	}
}

// retireAt tells one member, without waiting for it.
func (o *Overseer) retireAt(_ context.Context, m *member, e *epoch) {
	o.spawn(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, stepPatience)
		defer cancel()
		_, _ = call[door.Retired](ctx, m.link, door.KindRetire, door.Retire{Group: o.group, Epoch: e.number})
	})
}

// look tells whether a new epoch would bring a member back: one that was absent and
// answers now, or one that lost its secret. It asks for one no more often than the
// pause since the last one allows, for every new epoch costs the clients their sessions;
// but a group that too few of its members can answer for has nothing to lose, unless it
// is that they accuse each other.
func (o *Overseer) look(ctx context.Context) (why string) {
	o.mu.Lock()
	serving := o.epoch != nil
	early := o.config.Clock().Before(o.nextEpoch)
	if early && (serving && o.epoch.able() >= o.epoch.need || !serving && len(o.accusations) > 0) {
		o.mu.Unlock()
		return ""
	}
	if !serving || o.epoch.able() < o.epoch.need {
		o.recall()
	}
	var missing []*member
	for _, m := range o.members {
		if m.record.Health != Quarantined && m.away() && !m.isAside(o.config.Clock()) {
			missing = append(missing, m)
		}
	}
	o.mu.Unlock()
	if !serving {
		return "there is none"
	}
	for _, m := range missing {
		if o.returned(ctx, m) {
			why = "an element came back, or lost its secret"
		}
	}
	return why
}

// away tells whether a member does not answer in this epoch. The caller holds mu.
func (m *member) away() bool { return m.absent || m.reset || m.silent || m.breaker.open() }

// able is how many members of the epoch can answer for it. The caller holds mu.
func (e *epoch) able() (n int) {
	for _, m := range e.members {
		if m.record.Health != Quarantined && !m.away() {
			n++
		}
	}
	return n
}

// returned tells whether a member answers, and without the secret of this epoch.
func (o *Overseer) returned(ctx context.Context, m *member) bool {
	ctx, cancel := context.WithTimeout(ctx, tick)
	defer cancel()
	condition, err := call[door.Condition](ctx, m.link, door.KindInquire, door.Inquire{})
	o.mu.Lock()
	defer o.mu.Unlock()
	if err == nil {
		m.silent = false
	}
	return err == nil && (m.absent || condition.Epoch != o.epoch.number)
}
