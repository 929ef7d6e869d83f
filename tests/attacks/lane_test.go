//go:build linux

package attacks

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/command"
	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/estatetest"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
	"github.com/strongroom-pos/strongroom/tests/internal/secureside"
)

const (
	// hostSeconds is what the kernel waits for the host's answer: short, since some
	// attacks need a host that says nothing.
	hostSeconds = 4
	// patience covers a start on a loaded machine.
	patience = 90 * time.Second
	// look is how often something is waited for.
	look = 20 * time.Millisecond
)

// victim is the lane that the attacks of this package share: a whole one, in which
// this program is licensed as an app world beside the merchant's.
type victim struct {
	*estate.Lane
	card bureau.Card
	next int64 // amount of the next sale, each its own
}

var shared onlyOne

// onlyOne is brought up by the first test that needs it.
type onlyOne struct {
	once sync.Once
	lane *victim
	home string
	err  error
}

func (o *onlyOne) close() error {
	if o.lane == nil {
		return nil
	}
	return errors.Join(o.lane.Stop(), os.RemoveAll(o.home))
}

// ready is where the programs are; "" where no lane can be had and none is required.
func ready(t testing.TB) string {
	t.Helper()
	if os.Geteuid() == 0 {
		return estatetest.Programs(t)
	}
	if os.Getenv("STRONGROOM_REQUIRE") == "all" {
		t.Fatal("root is missing and required")
	}
	t.Log("LEFT OUT: only root can give each world a user of its own")
	return ""
}

// attacked returns the lane at rest, or nil where this machine cannot have one.
func attacked(t *testing.T) *victim {
	t.Helper()
	programs := ready(t)
	if programs == "" {
		return nil
	}
	shared.once.Do(func() { shared.lane, shared.home, shared.err = bringUp(programs) })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	t.Cleanup(func() {
		shared.lane.rest(t)
		if t.Failed() {
			t.Log(shared.lane.lastWords())
		}
	})
	return shared.lane
}

func bringUp(programs string) (*victim, string, error) {
	home, err := os.MkdirTemp("", "strongroom-attacks-")
	if err != nil {
		return nil, "", err
	}
	l, err := estate.Start(context.Background(), estate.Options{Programs: programs, Home: home, PINsAtOnce: 100_000, Misbehaviour: estate.WellBehaved(),
		Configure: func(k *provisioning.Kernel) { k.HostSeconds = hostSeconds }})
	if err != nil {
		return nil, home, errors.Join(err, os.RemoveAll(home))
	}
	go func() { // the kernel and boot are killed here on purpose
		for range l.Crashes() {
		}
	}()
	v := &victim{Lane: l, next: 10_00}
	if err := errors.Join(license(l, programs), v.idle(context.Background())); err != nil {
		return v, home, err
	}
	v.card, err = l.NewCard(context.Background(), bureau.Order{Name: "buyer", Balance: 1_000_000_00})
	return v, home, err
}

// license makes this very program an app world of the lane.
func license(l *estate.Lane, programs string) error {
	paths, err := secureside.Libraries() // boot measures them with the program
	if err != nil {
		return err
	}
	var ours [][]byte
	for _, path := range append(paths, "/proc/self/exe") {
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		ours = append(ours, b)
	}
	files, _, err := estate.Sign(l.Home, estate.Issue{Programs: programs, Change: func(r *signing.Release) {
		r.AppWorld = append(r.AppWorld, ours...)
	}})
	if err != nil {
		return err
	}
	door, err := control.Dial(l.Control)
	if err != nil {
		return err
	}
	defer door.Close() //nolint:errcheck // it has answered
	_, err = door.Submit(control.KindLicence, command.Contents(map[string][]byte{"licence": files["licence"]}))
	return err
}

// session is one of this program as the app world.
func (v *victim) session(t *testing.T) *mailbox.Client {
	t.Helper()
	c := mailbox.NewClient(v.dial(t))
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// dial waits until a kernel serves and has room.
func (v *victim) dial(t *testing.T) net.Conn {
	t.Helper()
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(look) {
		var conn net.Conn
		if conn, err = v.knock(); err == nil {
			return conn
		}
	}
	t.Fatalf("the mailbox does not answer: %v", err)
	return nil
}

// knock opens a connection on which the kernel answers.
func (v *victim) knock() (net.Conn, error) {
	conn, err := net.DialTimeout("unix", v.Mailbox(), patience)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if err := mailbox.NewClient(conn).Ping(1); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, conn.SetDeadline(time.Time{})
}

// sale is one to the end, with what the displays ask for, of an amount of its own.
func (v *victim) sale(ctx context.Context, see func(till.Payment)) (till.Payment, error) {
	v.next += 7
	return v.Sell(ctx, estate.Sale{Request: till.Request{Amount: v.next, Currency: "EUR"}, Card: v.card, See: see})
}

// sells makes a sale that must be approved, and compares the books.
func (v *victim) sells(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	p, err := v.sale(ctx, nil)
	if err != nil || p.Outcome != "approved" {
		t.Fatalf("a sale ended %q, %v", p.Outcome, err)
	}
	if err := v.moneyIsRight(p); err != nil {
		t.Error(err)
	}
}

// moneyIsRight compares what the till was told of a payment with what the acquirer
// and the issuer have booked, to the cent.
func (v *victim) moneyIsRight(p till.Payment) error {
	all, err := v.Desk.Transactions(context.Background())
	if err != nil {
		return err
	}
	want, acquirer, issuer := int64(0), int64(0), int64(0)
	if p.Outcome == "approved" {
		want = p.Amount
	}
	for _, b := range all {
		if b.Amount == p.Amount {
			acquirer, issuer = acquirer+b.LedgerNet, issuer+b.IssuerNet
		}
	}
	ledger, err := v.Desk.Ledger(context.Background())
	if err == nil && (acquirer != want || issuer != want || !ledger.Balanced()) {
		err = fmt.Errorf("payment of %d: the till has %d (%s, %s), the acquirer %d, the issuer %d, balanced %v",
			p.Amount, want, p.Outcome, p.Money, acquirer, issuer, ledger.Balanced())
	}
	return err
}

// rest waits until the lane is idle, and proves it by a sale.
func (v *victim) rest(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := errors.Join(v.Pull(ctx), v.idle(ctx)); err != nil {
		t.Fatal(err)
	}
	if p, err := v.sale(ctx, nil); err != nil || p.Outcome != "approved" {
		t.Errorf("the sale afterwards ended %q, %v", p.Outcome, err)
	} else if err := v.moneyIsRight(p); err != nil {
		t.Error(err)
	}
}

// lastWords are what boot told last of itself and of its kernel.
func (v *victim) lastWords() string {
	b, _ := os.ReadFile(filepath.Join(v.Home, "logs", "boot.log"))
	return string(b[max(0, len(b)-4000):])
}

// idle waits until everything is connected, nothing is under way, no reversal is pending
// and no batch is being closed.
func (v *victim) idle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := v.AwaitReady(ctx); err != nil {
		return err
	}
	for ; ctx.Err() == nil; time.Sleep(look) {
		conn, err := v.knock()
		if err != nil {
			continue
		}
		c := mailbox.NewClient(conn)
		d, err := c.Describe()
		if err == nil && !d.Busy.Zero() {
			_, _ = c.Cancel(d.Busy) // it may lose
		}
		batch, failed := c.Batch(0)
		_ = c.Close()
		if err == nil && failed == nil && batch.State == mailbox.BatchOpen && d.State == payment.TerminalStateReady && d.Busy.Zero() && d.PendingReversals == 0 {
			return nil
		}
	}
	return errors.New("the lane does not come to rest")
}

// described is what the kernel tells of itself.
func described(t *testing.T, c *mailbox.Client) mailbox.Description {
	t.Helper()
	d, err := c.Describe()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func freshID() (id payment.ID) {
	_, _ = rand.Read(id[:]) // never fails
	return id
}

// start is a payment that is in order.
func start() mailbox.Start {
	return mailbox.Start{ID: freshID(), Type: payment.TypeSale, Amount: 12_34, Currency: payment.EUR, TimeoutSeconds: 60}
}

func refusedAs(err error, codes ...mailbox.Code) bool {
	var r *mailbox.RefusedError
	if !errors.As(err, &r) {
		return false
	}
	for _, c := range codes {
		if r.Code == c {
			return true
		}
	}
	return false
}
