//go:build linux

package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/tests/internal/relay"
)

// fault is one that can befall a lane. do is over when it is healed.
type fault struct {
	kind, victim string
	do           func(ctx context.Context, l *lane, d time.Duration) error
	longest      time.Duration
}

func (f fault) String() string { return f.kind + " " + f.victim }

// Kinds of faults.
const (
	killing  = "kill -9"
	stopping = "SIGSTOP"
	network  = "network"
	fullDisk = "full disk"
)

func processes() []string {
	return []string{estate.Terminal, estate.Boot, estate.Kernel, estate.Reader, estate.PINPad, estate.Acquirer, estate.Element}
}

// menu is all that can go wrong here, once each.
func menu() (all []fault) {
	for _, name := range processes() {
		all = append(all,
			fault{killing, name, func(_ context.Context, l *lane, _ time.Duration) error { return l.Kill(name) }, 0},
			fault{stopping, name, func(ctx context.Context, l *lane, d time.Duration) error { return l.standStill(ctx, name, d) }, 2 * time.Second})
	}
	for _, n := range []struct {
		name    string
		state   relay.State
		delay   time.Duration
		longest time.Duration
	}{
		{"cut", relay.Cut, 0, 2 * time.Second}, {"half open", relay.Held, 0, (hostSeconds + 2) * time.Second},
		{"slow", relay.Open, 300 * time.Millisecond, 3 * time.Second},
	} {
		all = append(all, fault{network, n.name, func(ctx context.Context, l *lane, d time.Duration) error {
			l.line.Set(n.state, n.delay)
			defer l.line.Set(relay.Open, 0)
			return wait(ctx, d)
		}, n.longest})
	}
	for name := range diskFolders() {
		all = append(all, fault{fullDisk, name, func(ctx context.Context, l *lane, d time.Duration) error { return l.withoutDisk(ctx, name, d) }, 2 * time.Second})
	}
	return all
}

// wait is pause, but for the end of a run, which is no error.
func wait(ctx context.Context, d time.Duration) error {
	_ = pause(ctx, d)
	return nil
}

// standStill stops a process with its connections open. It may end meanwhile.
func (l *lane) standStill(ctx context.Context, name string, d time.Duration) error {
	pid := l.PID(name)
	if pid == 0 {
		return nil
	}
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		return ignoreGone(err)
	}
	_ = pause(ctx, d)
	return ignoreGone(syscall.Kill(pid, syscall.SIGCONT))
}

func ignoreGone(err error) error {
	if errors.Is(err, syscall.ESRCH) {
		return nil
	}
	return err
}

func (l *lane) withoutDisk(ctx context.Context, name string, d time.Duration) error {
	l.diskIsFull()
	defer l.diskIsFull()
	if err := l.disks.fill(name); err != nil {
		return errors.Join(fmt.Errorf("filling the disk of %s: %w", name, err), l.disks.free(name))
	}
	_ = pause(ctx, d)
	return l.disks.free(name)
}

// deck deals all faults of the menu before it deals one again. All lanes share it.
type deck struct {
	mu   sync.Mutex
	draw *rand.Rand // guarded by mu
	rest []fault    // guarded by mu
}

func (d *deck) deal() (f fault, lasts, delay time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.rest) == 0 {
		d.rest = menu()
		d.draw.Shuffle(len(d.rest), func(i, j int) { d.rest[i], d.rest[j] = d.rest[j], d.rest[i] })
	}
	f, d.rest = d.rest[0], d.rest[1:]
	if f.longest > 0 {
		lasts = f.longest/5 + time.Duration(d.draw.Int64N(int64(f.longest)*4/5))
	}
	return f, lasts, time.Duration(d.draw.IntN(300)) * time.Millisecond
}

// twoPercent of all faults have a second one beside them.
const twoPercent = 15

func (d *deck) two() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.draw.IntN(100) < twoPercent
}

// chaos befalls one lane.
type chaos struct {
	lane *lane
	deck *deck
	f    *figures
	due  chan struct{} // a fault is due
}

// recoverWithin bounds how long a healed lane may take to be ready again.
const recoverWithin = 2 * time.Minute

// rage does a fault whenever one is due, until ctx ends. It heals before it returns.
func (c *chaos) rage(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-c.due:
		}
		if err := c.befall(ctx); err != nil {
			return err
		}
	}
}

// befall does one fault, or two side by side, and waits until the lane is ready.
func (c *chaos) befall(ctx context.Context) error {
	first, lasts, delay := c.deck.deal()
	_ = pause(ctx, delay)
	var beside sync.WaitGroup
	var besideErr error
	alone := !c.deck.two()
	if !alone {
		second, lasts, delay := c.deck.deal()
		c.f.count(second)
		beside.Go(func() {
			_ = pause(ctx, delay)
			besideErr = second.do(ctx, c.lane, lasts)
		})
	}
	before, began := c.lane.PID(first.victim), time.Now()
	c.f.count(first)
	err := first.do(ctx, c.lane, lasts)
	beside.Wait()
	if err := errors.Join(gone(err), gone(besideErr)); err != nil {
		return fmt.Errorf("%s: %w", first, err)
	}
	after, cancel := context.WithTimeout(ctx, recoverWithin)
	defer cancel()
	for !c.recovered(after, first, before) {
		if pause(after, 10*time.Millisecond) != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("lane %d is not ready again %s after %s", c.lane.number, recoverWithin, first)
		}
	}
	if alone && first.kind == killing {
		c.f.recovery(first.victim, time.Since(began))
	}
	return nil
}

// gone drops what a fault says of a process that another fault had ended before.
func gone(err error) error {
	if errors.Is(err, syscall.ESRCH) || err != nil && err.Error() == "killing the kernel: none serves" {
		return nil
	}
	return err
}

// recovered: everything runs, the killed program as a new process, and a payment could
// begin.
func (c *chaos) recovered(ctx context.Context, f fault, before int) bool {
	return (f.kind != killing || c.lane.PID(f.victim) != before) && c.lane.running() && c.lane.ready(ctx)
}
