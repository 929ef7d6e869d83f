//go:build linux

package chaos

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	acquirer "github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
	"github.com/strongroom-pos/strongroom/tests/internal/relay"
)

const (
	// hostSeconds is what the kernel waits for the host's answer in these runs.
	hostSeconds = 4
	// restartAfter is what a supervisor waits before it starts a dead program again:
	// RestartSec of systemd, by default.
	restartAfter = 100 * time.Millisecond
	// lookEvery is how often it looks.
	lookEvery = 20 * time.Millisecond
	// diskAftermath is how long after a full disk a program may end by itself.
	diskAftermath = 20 * time.Second
)

// lane is a lane with a line to its acquirer that can be cut, and disks that fill.
type lane struct {
	*estate.Lane
	number int
	disks  disks
	line   *relay.Relay

	supervising sync.WaitGroup
	stop        context.CancelFunc

	mu       sync.Mutex
	diskFull time.Time // when a disk was full last; guarded by mu
	crashes  []string  // ends that nobody caused; guarded by mu
	ended    int       // ends by a full disk; guarded by mu
}

// bringUp brings a lane up whose logs stay in home, where there is one.
func bringUp(ctx context.Context, number int, programs, home string) (*lane, error) {
	l := &lane{number: number}
	if home != "" {
		home = filepath.Join(home, strconv.Itoa(number))
	}
	e, err := estate.Start(ctx, estate.Options{
		Programs: programs, Home: home, DirectCards: true, PINsAtOnce: 1_000_000, Furnish: l.disks.mount, Route: l.route, Cards: cards(),
		Configure: func(k *provisioning.Kernel) { k.HostSeconds = hostSeconds },
	})
	if err != nil {
		return nil, errors.Join(err, l.disks.leave())
	}
	l.Lane = e
	ctx, l.stop = context.WithCancel(context.WithoutCancel(ctx))
	for _, name := range supervised() {
		l.supervising.Go(func() { l.supervise(ctx, name) })
	}
	go l.mourn() // ends with the process
	return l, nil
}

// route puts the line before the acquirer, once.
func (l *lane) route(host string) (string, error) {
	if l.line == nil {
		line, err := relay.New(host)
		if err != nil {
			return "", err
		}
		l.line = line
	}
	return l.line.Address(), nil
}

func (l *lane) close() error {
	l.stop()
	l.supervising.Wait()
	err := errors.Join(l.disks.leave(), l.Stop())
	l.line.Close()
	return err
}

// supervised are the programs that a machine's supervisor starts again. The kernel is
// boot's child, which does that.
func supervised() []string {
	return []string{estate.Element, estate.Acquirer, estate.Boot, estate.Reader, estate.PINPad, estate.Terminal}
}

// supervise starts a program again whenever it has ended.
func (l *lane) supervise(ctx context.Context, name string) {
	for pause(ctx, lookEvery) == nil {
		if l.PID(name) != 0 || pause(ctx, restartAfter) != nil {
			continue
		}
		_ = l.Restart(ctx, name) // it is tried again: it may lack what another one brings
	}
}

// mourn keeps what ended without having been killed and without a full disk.
func (l *lane) mourn() {
	for c := range l.Crashes() {
		l.mu.Lock()
		switch {
		case killed(c):
		case time.Since(l.diskFull) < diskAftermath:
			l.ended++
		default:
			l.crashes = append(l.crashes, fmt.Sprintf("%s ended (%s): %s", c.Name, c.How, strings.Join(c.LastLines, " | ")))
		}
		l.mu.Unlock()
	}
}

// killed reports whether a program ended by SIGKILL. Of the kernel, which is boot's
// child, boot's own words tell.
func killed(c estate.Crash) bool {
	how := c.How
	for _, line := range c.LastLines {
		if c.Name == estate.Kernel && strings.Contains(line, `"msg":"kernel ended"`) {
			how = line
		}
	}
	return strings.Contains(how, "killed")
}

func (l *lane) diskIsFull() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.diskFull = time.Now()
}

// ready asks whether a payment could begin.
func (l *lane) ready(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	r, err := l.Till.Ready(ctx)
	return err == nil && r.Status == "ready"
}

// rest waits until everything runs, nothing is under way and the host has been told
// all that he must be told: reversals, and advices of what went by without him.
func (l *lane) rest(ctx context.Context) error {
	var last any
	for {
		if l.running() && l.ready(ctx) {
			var owed struct {
				Pending int `json:"pending"`
			}
			s, err := l.Till.Terminal(ctx)
			if err == nil {
				err = l.Till.Get(ctx, "/v1/queue", &owed)
			}
			if err == nil && s.State == "ready" && s.HostSignedOn && s.Reversals.Pending+owed.Pending == 0 {
				return nil
			}
			last = s
		}
		if err := pause(ctx, 5*lookEvery); err != nil {
			return fmt.Errorf("lane %d does not come to rest (%+v): %w", l.number, last, err)
		}
	}
}

func (l *lane) running() bool {
	for _, name := range append(supervised(), estate.Kernel) {
		if l.PID(name) == 0 {
			return false
		}
	}
	return true
}

// plenty is what an account holds.
const plenty = 10_000_000_00

// cards are those of the runs: without certificates, whose arithmetic would be most of
// a run's time.
func cards() []bureau.Order {
	tap := &virtualcard.Tap{}
	return []bureau.Order{
		{Name: "chaos-chip", Balance: plenty, Chip: virtualcard.Profile{NoCVM: true}},
		{Name: "chaos-tap", Balance: plenty, Chip: virtualcard.Profile{NoCVM: true, Tap: tap}},
		{Name: "chaos-pin", Balance: plenty, PIN: bureau.DemoPIN},
		{Name: "chaos-decline", Balance: plenty, Scenario: acquirer.ScenarioDecline, Chip: virtualcard.Profile{NoCVM: true}},
		{Name: "chaos-poor", Balance: 1, Chip: virtualcard.Profile{NoCVM: true}},
		{Name: "chaos-refuses", Balance: plenty, Chip: virtualcard.Profile{NoCVM: true, Declines: true}},
		{Name: "chaos-torn", Balance: plenty, Chip: virtualcard.Profile{NoCVM: true, TearAtCommand: "gac1"}},
		{Name: "chaos-torn-late", Balance: plenty, Chip: virtualcard.Profile{NoCVM: true, TearAtCommand: "gac2"}},
	}
}
