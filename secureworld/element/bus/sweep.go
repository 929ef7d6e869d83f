package bus

import (
	"context"
	"maps"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/registry"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
)

// Sweep takes MCUs off this server's registry that died without leaving, until ctx
// ends. It goes by its own clock: who did not renew the record while Sweep listened is
// gone, whatever time the record shows. It needs the connection of a Keeper; several
// may sweep one registry.
func Sweep(ctx context.Context, conn *Conn) error { return sweep(ctx, conn, expiry) }

func sweep(ctx context.Context, conn *Conn, expiry time.Duration) error {
	tick := time.NewTicker(expiry / 5)
	defer tick.Stop()
	b := broom{expiry: expiry, seen: map[string]mark{}}
	for {
		select {
		case <-tick.C:
			_ = b.sweep(ctx, conn) // a registry that is not reached now is reached later
		case <-ctx.Done():
			return nil
		}
	}
}

// broom remembers when each MCU's own time in its record last moved.
type broom struct {
	expiry time.Duration
	seen   map[string]mark // by key and name
}

type mark struct {
	shown time.Time // in the record
	at    time.Time // when this broom first saw it
}

func (b *broom) sweep(ctx context.Context, conn *Conn) error {
	ctx, cancel := context.WithTimeout(ctx, registryDeadline)
	defer cancel()
	list, err := registry.Open(ctx, conn.nats, "")
	if err != nil {
		return err
	}
	records, err := list.List(ctx)
	if err != nil {
		return err
	}
	now, present := time.Now(), map[string]bool{}
	for _, r := range records {
		if dead := b.look(r, now, present); len(dead) > 0 {
			err = list.Change(ctx, r.Branch, r.Group, func(r *registry.Record) error { return strikeDead(r, dead) })
		}
	}
	maps.DeleteFunc(b.seen, func(key string, _ mark) bool { return !present[key] })
	return err
}

// look returns the servers of a record that have not moved for too long.
func (b *broom) look(r *registry.Record, now time.Time, present map[string]bool) map[string]time.Time {
	dead := map[string]time.Time{}
	for name, shown := range r.Servers {
		key := subject.Key(r.Branch, r.Group) + "." + name
		present[key] = true
		if m, known := b.seen[key]; !known || !m.shown.Equal(shown) {
			b.seen[key] = mark{shown, now}
		} else if now.Sub(m.at) > b.expiry {
			dead[name] = shown
		}
	}
	return dead
}

// strikeDead forgets those who still have not moved.
func strikeDead(r *registry.Record, dead map[string]time.Time) error {
	maps.DeleteFunc(r.Servers, func(name string, shown time.Time) bool {
		last, struck := dead[name]
		return struck && last.Equal(shown)
	})
	return nil
}
