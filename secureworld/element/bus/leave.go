package bus

import (
	"context"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/registry"
)

// leave drains: first no new sessions, then no new messages, then what was taken is
// answered, then the record goes.
func (s *service) leave(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, leaveDeadline)
	defer cancel()
	alone := s.announce(ctx)
	if alone {
		s.await(ctx)
	}
	if s.subscription.Drain() == nil {
		select {
		case <-s.ended:
		case <-ctx.Done():
		}
	}
	_ = s.subscription.Unsubscribe() // ended already unless the line is lost
	<-s.ended
	s.desk.close()
	if !s.listed {
		return nil
	}
	return s.strike(ctx)
}

// strike takes this MCU off the list. A registry that has just lost its leading server
// swallows what it is asked, so it is asked again.
func (s *service) strike(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, strikeLimit)
	defer cancel()
	for {
		attempt, cancel := context.WithTimeout(ctx, registryDeadline)
		err := s.change(attempt, func(r *registry.Record) error {
			delete(r.Servers, s.conn.role.Name)
			return nil
		})
		cancel()
		if err == nil || ctx.Err() != nil {
			return err
		}
		pause(ctx, retryInterval)
	}
}

// announce lists the group as draining where nobody else serves it, and tells so.
func (s *service) announce(ctx context.Context) (alone bool) {
	if !s.listed {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, registryDeadline)
	defer cancel()
	_ = s.change(ctx, func(r *registry.Record) error { // who does not hear of it is refused and asks elsewhere
		if alone = len(r.Servers) <= 1; alone {
			r.State = registry.Draining
		}
		return nil
	})
	return alone
}

// await lets clients hear that the group drains, and waits until they ask elsewhere.
func (s *service) await(ctx context.Context) {
	tick := time.NewTicker(drainQuiet)
	defer tick.Stop()
	for end := time.Now().Add(drainLimit); time.Now().Before(end); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if s.desk.quiet(drainQuiet) {
			return
		}
	}
}
