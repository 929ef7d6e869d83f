//go:build linux

package e2e

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/cardholder"
	"github.com/strongroom-pos/strongroom/internal/estate/desk"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
	"github.com/strongroom-pos/strongroom/tests/internal/cutter"
)

const demoPIN = bureau.DemoPIN

// hostSeconds shortens what the kernel waits for the host's answer: a test that
// wants none should not take ten seconds. The demo's acquirer answers in
// milliseconds.
const hostSeconds = 4

// processes are all programs of a lane, in the order in which they are reported.
func processes() []string {
	return []string{estate.Terminal, estate.Kernel, estate.Boot, estate.Reader, estate.PINPad, estate.Acquirer, estate.Element}
}

// lane is a lane with everybody who uses it.
type lane struct {
	estate *estate.Lane
	till   *till
	pad    *finger
	books  *books
	tray   tray

	patience time.Duration

	turn         sync.Mutex // held by whoever uses the lane
	attended     bool       // somebody types the PIN already
	frozen       []int      // process ids; used by the holder of turn
	kernelDeaths int        // under this boot; used by the crash sweep

	next atomic.Int64 // amount of the next sound sale
	sold atomic.Int64 // sum of all that the till was told is approved

	mu      sync.Mutex
	crashes []string // ends that nobody caused; guarded by mu
}

// shared is the lane that all tests but the crash sweep use in turn.
var shared sharedOne

type sharedOne struct {
	once sync.Once
	lane *lane
	err  error
}

func (s *sharedOne) stop() error {
	if s.lane == nil {
		return nil
	}
	return s.lane.estate.Stop()
}

// sharedLane returns nil where no lane can be had and none is required.
func sharedLane(t *testing.T) *lane {
	t.Helper()
	if !ready(t) {
		return nil
	}
	dir := programsDir(t)
	shared.once.Do(func() { shared.lane, shared.err = bringUp(context.Background(), dir) })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.lane
}

// ownLane is brought down when the test ends.
func ownLane(t *testing.T) *lane {
	t.Helper()
	return ownLaneWith(t, estate.Options{})
}

func ownLaneWith(t *testing.T, o estate.Options) *lane {
	t.Helper()
	if !ready(t) {
		return nil
	}
	o.Programs = programsDir(t)
	l, err := bringUpWith(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.estate.Stop(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func bringUp(ctx context.Context, programs string) (*lane, error) {
	return bringUpWith(ctx, estate.Options{Programs: programs})
}

func bringUpWith(ctx context.Context, o estate.Options) (*lane, error) {
	if o.Misbehaviour == nil { // these tests count on each answer
		o.Misbehaviour = estate.WellBehaved()
	}
	o.PINsAtOnce, o.Configure = 100_000, func(k *provisioning.Kernel) { k.HostSeconds = hostSeconds }
	e, err := estate.Start(ctx, o)
	if err != nil {
		return nil, err
	}
	l := &lane{
		estate: e, till: newTill(e.Till.Addresses, filepath.Join(e.Till.Data, "access.token")),
		pad:   &finger{cardholder.PINPad{PageFile: e.PINPad.PageFile}},
		books: &books{desk.Desk{Socket: e.Desk.Socket}}, tray: tray{e.Places},
		patience: patience,
	}
	if o.Isolation == estate.IsolationVM {
		l.patience = emulatedPatience
	}
	l.next.Store(500_00)
	go l.mourn()
	return l, nil
}

// mourn keeps what died without having been killed. It ends with the process.
func (l *lane) mourn() {
	for c := range l.estate.Crashes() {
		if wasKilled(c) {
			continue
		}
		l.mu.Lock()
		l.crashes = append(l.crashes, fmt.Sprintf("%s ended (%s): %s", c.Name, c.How, strings.Join(c.LastLines, " | ")))
		l.mu.Unlock()
	}
}

// wasKilled reports whether a program ended by SIGKILL. Of the kernel, which is
// boot's child, boot's own words tell.
func wasKilled(c estate.Crash) bool {
	how := c.How
	for _, line := range c.LastLines {
		if c.Name == estate.Kernel && strings.Contains(line, `"msg":"kernel ended"`) {
			how = line
		}
	}
	return strings.Contains(how, "killed")
}

// crashed returns and forgets what died by itself.
func (l *lane) crashed() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer func() { l.crashes = nil }()
	if len(l.crashes) == 0 {
		return nil
	}
	return errors.New(strings.Join(l.crashes, "\n"))
}

// tray is the hand with the card.
type tray struct{ places estate.Places }

const trayPatience = 10 * time.Second

func (t tray) Insert(p virtualcard.Profile) error {
	ctx, cancel := context.WithTimeout(context.Background(), trayPatience)
	defer cancel()
	return t.places.Insert(ctx, p)
}

func (t tray) Pull() error {
	ctx, cancel := context.WithTimeout(context.Background(), trayPatience)
	defer cancel()
	return t.places.Pull(ctx)
}

func (t tray) Tap(p virtualcard.Profile) error {
	ctx, cancel := context.WithTimeout(context.Background(), trayPatience)
	defer cancel()
	return t.places.Tap(ctx, p)
}

func (t tray) Away() error {
	ctx, cancel := context.WithTimeout(context.Background(), trayPatience)
	defer cancel()
	return t.places.Away(ctx)
}

func (l *lane) card(name string) (bureau.Card, error) { return l.estate.Card(name) }

// process is what the cutter needs to know of a program, with names for its
// sockets.
func (l *lane) process(name string) (cutter.Process, error) {
	p := cutter.Process{Name: name, PID: l.estate.PID(name), Addresses: map[string]string{}}
	if p.PID == 0 {
		return p, fmt.Errorf("%s does not run", name)
	}
	for _, s := range l.tcpSockets() {
		p.Addresses[s.address] = s.name
	}
	return p, nil
}

// slotLook is a little more than the 400 ms after which pcscd looks into the
// virtual slot again. When a reader dies with a card in its hands, pcscd resets
// the card, takes a slot that was just emptied for looked at, and never reports a
// card that comes before its next look.
const slotLook = 450 * time.Millisecond

// revive brings back what was killed; boot starts its kernel by itself.
func (l *lane) revive(ctx context.Context, name string) error {
	if name == estate.Kernel {
		return nil
	}
	if name == estate.Reader {
		defer time.Sleep(slotLook)
	}
	return l.estate.Restart(ctx, name)
}

// restore brings back everything that is away or stands still.
func (l *lane) restore(ctx context.Context) error {
	var errs []error
	for _, pid := range l.frozen {
		if err := syscall.Kill(pid, syscall.SIGCONT); !errors.Is(err, syscall.ESRCH) {
			errs = append(errs, err)
		}
	}
	l.frozen = nil
	for _, name := range []string{estate.Element, estate.Acquirer, estate.Boot, estate.Reader, estate.PINPad, estate.Terminal} {
		if l.estate.PID(name) == 0 {
			errs = append(errs, l.revive(ctx, name))
		}
	}
	return errors.Join(errs...)
}

// soundCard is the card of undisturbed sales. Scripts use others.
const soundCard = "mastercard"

// soundSale is a whole sale that nothing disturbs, under an amount of its own.
func (l *lane) soundSale(ctx context.Context) error { return l.saleOf(ctx, l.next.Add(1)) }

// saleOf sells, with card and PIN, and compares the books.
func (l *lane) saleOf(ctx context.Context, amount int64) error {
	ctx, cancel := context.WithTimeout(ctx, l.patience)
	defer cancel()
	if err := errors.Join(l.tray.Pull(), l.till.settle(ctx)); err != nil {
		return fmt.Errorf("before the sale: %w", err)
	}
	p, err := l.sell(ctx, amount)
	if err != nil {
		return errors.Join(fmt.Errorf("selling: %w", err), l.tray.Pull())
	}
	if _, err := l.books.agree(ctx, p); err != nil {
		return fmt.Errorf("comparing the books: %w", err)
	}
	if err := errors.Join(l.tray.Pull(), l.till.settle(ctx)); err != nil {
		return fmt.Errorf("after the sale: %w", err)
	}
	return nil
}

// sell is a sale from the amount to the receipt; the card stays in.
func (l *lane) sell(ctx context.Context, amount int64) (paid, error) {
	p, err := l.till.pay(ctx, newKey(), amount)
	if err != nil {
		return p, errors.Join(err, l.describe(p.ID))
	}
	card, err := l.card(soundCard)
	if err == nil {
		err = l.tray.Insert(card.Profile)
	}
	if err == nil && !l.attended {
		err = l.typePIN(ctx)
	}
	if err != nil {
		return p, errors.Join(err, l.describe(p.ID))
	}
	id := p.ID
	if p, err = l.till.follow(ctx, id, paid.done); err != nil {
		return p, errors.Join(err, l.describe(id))
	}
	return p, l.approved(ctx, p)
}

// describe tells how things stand where a sale does not go on.
func (l *lane) describe(id string) error {
	ctx, cancel := context.WithTimeout(context.Background(), trayPatience)
	defer cancel()
	p, _ := l.till.payment(ctx, id)
	state, _ := l.till.lane(ctx)
	screen, _ := l.pad.Screen(ctx)
	slot, _ := l.estate.Slot(ctx)
	return fmt.Errorf("payment: %s; lane: %+v; PIN pad: %+v; card: %+v", p.summary(), state, screen, slot)
}

func (l *lane) typePIN(ctx context.Context) error {
	if _, err := l.pad.asked(ctx); err != nil {
		return fmt.Errorf("the PIN is not asked for: %w", err)
	}
	return l.pad.enter(ctx, demoPIN)
}

// approved checks that a payment is, with the card's certificate on the receipt.
func (l *lane) approved(ctx context.Context, p paid) error {
	if p.field("outcome") != "approved" || p.Money != "captured" {
		return fmt.Errorf("a sound sale ended otherwise: %s", p.summary())
	}
	r, err := l.till.receipt(ctx, p.ID)
	if err != nil || !r.certified() {
		return fmt.Errorf("approved without a TC: %+v, %w", r, err)
	}
	l.sold.Add(r.ApprovedAmount)
	return nil
}

// socket is an address of the lane that somebody may connect to.
type socket struct{ name, network, address string }

func (l *lane) tcpSockets() []socket {
	var out []socket
	for name, file := range map[string]string{"http": "terminal/addresses.json", "page": "pinpad/addresses.json", "host": "acquirer/addresses.json"} {
		if address := published(filepath.Join(l.estate.Run, file)); address != "" {
			out = append(out, socket{name, "tcp", address})
		}
	}
	return out
}

// sockets are all that listen, the control sockets of tests apart.
func (l *lane) sockets() []socket {
	out := l.tcpSockets()
	for _, door := range []string{"mailbox", "sred", "pinentry"} {
		out = append(out, socket{door, "unix", filepath.Join(l.estate.Run, "doors", door+".sock")})
	}
	return append(out, socket{"element", "unix", filepath.Join(l.estate.Run, "element-door", "element.sock")})
}

// pids are the processes of the lane now.
func (l *lane) pids() map[string]int {
	out := map[string]int{}
	for _, p := range l.estate.Processes() {
		out[p.Name] = p.PID
	}
	return out
}
