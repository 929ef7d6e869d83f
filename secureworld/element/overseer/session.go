package overseer

import (
	"context"
	"errors"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	client "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// Describe returns the group as its members agreed on it, an error while there is none.
func (o *Overseer) Describe(context.Context) (client.Description, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.epoch == nil || o.stopped {
		return client.Description{}, door.CodeUnavailable
	}
	return client.Description{Transcript: o.epoch.transcript, Confirmations: o.epoch.confirmations}, nil
}

// Open opens a client's session at every member. It returns once all have answered, or
// soon after enough have; who missed it is brought it when it says so.
func (o *Overseer) Open(ctx context.Context, open door.Open) error {
	e := o.epochOf(open.Group, open.Epoch)
	if e == nil {
		return door.CodeEpoch
	}
	body, err := frame.Append(nil, open)
	if err != nil {
		return door.CodeMalformed
	}
	e.keep(open.Session, body)
	results := make(chan error, door.MaxMembers)
	asked := 0
	for _, m := range e.members {
		if o.spawn(func(ctx context.Context) { results <- o.openAt(ctx, m, e, body) }) {
			asked++
		}
	}
	return opened(ctx, e.need, asked, results)
}

// opened waits for enough members, and a little for the others.
func opened(ctx context.Context, need, asked int, results <-chan error) error {
	var last error = door.CodeUnavailable
	slow := time.NewTimer(hedge)
	defer slow.Stop()
	enough, patient := 0, true
	for asked > 0 && (patient || enough < need) {
		select {
		case err := <-results:
			asked--
			var code refused
			switch {
			case err == nil:
				enough++
			case errors.As(err, &code):
				last = code.Code
			}
		case <-slow.C:
			patient = false
		case <-ctx.Done():
			return door.CodeUnavailable
		}
	}
	if enough >= need {
		return nil
	}
	return last
}

// openAt opens a session at one member. One that lost the epoch says so here too: a
// client that gets no session asks nothing from which it would be seen.
func (o *Overseer) openAt(ctx context.Context, m *member, e *epoch, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	kind, got, err := m.link.Do(ctx, door.KindOpen, body)
	_, err = answerOf(door.KindOpen, kind, got, err)
	var code refused
	if errors.As(err, &code) && code.Code == door.CodeEpoch {
		o.mu.Lock()
		defer o.mu.Unlock()
		m.reset = m.reset || e == o.epoch
	}
	return err
}

// reopen brings a member a session that it missed.
func (o *Overseer) reopen(m *member, e *epoch, session door.SessionID) {
	e.mu.Lock()
	body := e.sessions[session]
	e.mu.Unlock()
	if body == nil {
		return
	}
	o.spawn(func(ctx context.Context) { _ = o.openAt(ctx, m, e, body) })
}

// epochOf is the epoch of that number, nil if it does not serve.
func (o *Overseer) epochOf(group door.GroupID, number uint32) *epoch {
	for _, e := range o.serving() {
		if e != nil && group == o.group && number == e.number {
			return e
		}
	}
	return nil
}

// keep holds an Open; the oldest goes where there are too many.
func (e *epoch) keep(id door.SessionID, body []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, known := e.sessions[id]; !known {
		e.order = append(e.order, id)
	}
	e.sessions[id] = body
	if len(e.order) > MaxSessions {
		delete(e.sessions, e.order[0])
		e.order = e.order[1:]
	}
}
