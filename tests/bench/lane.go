package main

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/plain/door"
	"github.com/strongroom-pos/strongroom/internal/plain/secondterminal"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/tests/internal/hostside"
	"github.com/strongroom-pos/strongroom/tests/internal/secureside"
)

// lane is the real secure world, acquirer and element, with reader and PIN pad in
// this process, and the plain control terminal beside them.
type lane struct {
	dir    string
	card   bureau.Card // of the protected sales
	host   *hostside.HostSide
	secure *secureside.SecureWorld
	reader *benchReader
	pinpad *benchPINPad
	app    *mailbox.Client // this process is licensed as the app world
	plain  *plainTerminal

	isolation string        // level; empty: the default
	started   time.Duration // from boot's start until its kernel served

	seen  payment.Count // number of the last event
	stops []func()
}

func (l *lane) stop() {
	for i := len(l.stops) - 1; i >= 0; i-- {
		l.stops[i]()
	}
}

func newLane(ctx context.Context, bin, isolation string) (*lane, error) {
	bin, err := filepath.Abs(bin)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "strongroom-bench-")
	if err != nil {
		return nil, err
	}
	l := &lane{dir: dir, isolation: isolation}
	l.stops = append(l.stops, func() { _ = os.RemoveAll(dir) })
	if err := l.bringUp(ctx, bin); err != nil {
		l.stop()
		return nil, err
	}
	return l, nil
}

// bringUp brings up host and secure world and, at the default level, the plain
// terminal beside them.
func (l *lane) bringUp(ctx context.Context, bin string) error {
	if _, err := ceremony.Hold(l.dir, time.Now()); err != nil {
		return err
	}
	var plain door.Config
	cards, err := l.cards()
	if err == nil && l.isolation == "" {
		plain, err = secondterminal.Provision(l.dir)
	}
	if err != nil {
		return err
	}
	for i := range cards {
		cards[i].Issued.ForgetsATC = true // two terminals count for themselves
	}
	if l.host, err = hostside.Start(ctx, bin, l.dir, bureau.Issued(cards)); err != nil {
		return err
	}
	l.stops = append(l.stops, l.host.Stop)
	if err := l.bringUpSecure(ctx, bin); err != nil {
		return err
	}
	if l.isolation == "" {
		plain.Host, plain.Directory = l.host.Host, filepath.Join(l.dir, "plain")
		if l.plain, err = startPlain(ctx, bin, l.dir, plain, cards[1]); err != nil {
			return err
		}
		l.stops = append(l.stops, l.plain.stop)
	}
	return secureside.WaitUntilSelling(ctx, l.app)
}

// cards are one of each kind of terminal.
func (l *lane) cards() ([]bureau.Card, error) {
	b, err := bureau.Open(filepath.Join(l.dir, ceremony.Worlds, "element"))
	if err != nil {
		return nil, err
	}
	var cards []bureau.Card
	for _, name := range []string{"protected", "plain"} {
		c, err := b.Make(bureau.Order{Name: name, Balance: 1_000_000_00})
		if err != nil {
			return nil, err
		}
		cards = append(cards, c)
	}
	l.card = cards[0]
	return cards, nil
}

func (l *lane) bringUpSecure(ctx context.Context, bin string) (err error) {
	begun := time.Now()
	l.secure, err = secureside.Start(ctx, secureside.Config{Bin: bin, Dir: l.dir, Host: l.host.Host, AppWorld: []string{"/proc/self/exe"}, Isolation: l.isolation})
	if err != nil {
		return err
	}
	l.started = time.Since(begun)
	l.stops = append(l.stops, l.secure.Stop)
	err = errors.Join(secureside.Connect(l.dir, "reader", l.secure.SRED), secureside.Connect(l.dir, "pinpad", l.secure.PINEntry))
	if err != nil {
		return err
	}
	if l.reader, err = openReader(filepath.Join(l.dir, ceremony.Worlds, "reader"), l.card.Profile); err != nil {
		return err
	}
	l.stops = append(l.stops, serving(ctx, l.reader.serve))
	if l.pinpad, err = openPINPad(filepath.Join(l.dir, ceremony.Worlds, "pinpad"), l.card.PIN); err != nil {
		return err
	}
	l.stops = append(l.stops, serving(ctx, l.pinpad.serve))
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", l.secure.Mailbox)
	if err != nil {
		return err
	}
	l.app = mailbox.NewClient(conn)
	l.stops = append(l.stops, func() { _ = l.app.Close() })
	return nil
}

// serving runs f until the returned function is called, and waits for it.
func serving(ctx context.Context, f func(context.Context)) func() {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); f(ctx) }()
	return func() { cancel(); <-done }
}
