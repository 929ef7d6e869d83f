package overseer

import (
	"context"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// roll asks the members now and then how they are, so that an overseer whom nobody asks
// anything notices one that lost its secret. It waits for none of them: what they say
// shows in the next look.
func (o *Overseer) roll() {
	o.mu.Lock()
	e, now := o.epoch, o.config.Clock()
	if e == nil || now.Before(o.nextRoll) {
		o.mu.Unlock()
		return
	}
	o.nextRoll = now.Add(rollEvery)
	o.mu.Unlock()
	for _, m := range e.members {
		o.spawn(func(ctx context.Context) { o.inquire(ctx, m, e) })
	}
}

// inquire asks one member of an epoch whether it still knows it.
func (o *Overseer) inquire(ctx context.Context, m *member, e *epoch) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	condition, err := call[door.Condition](ctx, m.link, door.KindInquire, door.Inquire{})
	o.mu.Lock()
	defer o.mu.Unlock()
	if e != o.epoch {
		return // of an epoch that is over by now
	}
	m.silent = err != nil
	m.reset = m.reset || err == nil && condition.Epoch < e.number
}
