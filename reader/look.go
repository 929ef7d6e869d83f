package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/internal/cardview"
	"github.com/strongroom-pos/strongroom/reader/internal/pcsc"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device"
)

const (
	// cardWithin is how long a look waits for a card.
	cardWithin = 10 * time.Second

	// lookWithin bounds the whole look, mute cards included.
	lookWithin = 2 * time.Minute

	// busyFor is how long a card that another program holds is asked for again.
	busyFor = 200 * time.Millisecond
)

// looking is the reader as the operator's tool: it needs no keys and has no door
// open.
type looking struct {
	read        bool
	trace       string // file to write
	contactless bool
	json        bool
}

func (l *looking) flags(f *flag.FlagSet) {
	f.BoolVar(&l.read, "read", false, "show what is on the card, without account data, and end")
	f.StringVar(&l.trace, "trace", "", "write one transaction without account data to this `file` and end")
	f.BoolVar(&l.contactless, "contactless", false, "with -trace: the card lies on a contactless reader")
	f.BoolVar(&l.json, "json", false, "with -read: one JSON object")
}

func (l looking) wanted() bool { return l.read || l.trace != "" }

// run waits for a card, looks at it and says what it saw.
func (l looking) run(ctx context.Context, pattern string, stdout io.Writer) error {
	if err := device.NoCore(); err != nil {
		return fmt.Errorf("forbidding core files: %w", err)
	}
	cfg, err := cardview.DemoContact()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	conn, err := awaitCard(ctx, pattern)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // the look is over
	if l.trace != "" {
		return l.write(ctx, conn, cfg)
	}
	v, err := cardview.Read(ctx, conn, cfg)
	defer v.Wipe()
	show := v.Tree
	if l.json {
		show = v.JSON
	}
	return errors.Join(show(stdout), err)
}

// write traces a transaction into a new file.
func (l looking) write(ctx context.Context, conn iso7816.Conn, cfg emv.Config) error {
	order, err := anOrder()
	if err != nil {
		return err
	}
	entry, kernels, err := cardview.DemoTap()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(l.trace, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator names it
	if err != nil {
		return fmt.Errorf("writing the transcript: %w", err)
	}
	var v *cardview.View
	if l.contactless {
		v = cardview.TraceTap(ctx, conn, entry, kernels, order)
	} else {
		v = cardview.Trace(ctx, conn, cfg, order)
	}
	defer v.Wipe()
	return errors.Join(v.Transcript(f), f.Close())
}

// anOrder is one unit of money of today. Nothing is paid: no host is asked.
func anOrder() (emv.Order, error) {
	o := emv.Order{Amount: 100, Currency: 978, CurrencyExponent: 2, Country: 528}
	if _, err := rand.Read(o.UnpredictableNumber[:]); err != nil {
		return o, fmt.Errorf("drawing a number: %w", err)
	}
	now := time.Now()
	o.Date = [3]byte{packed(now.Year() % 100), packed(int(now.Month())), packed(now.Day())}
	o.Time = [3]byte{packed(now.Hour()), packed(now.Minute()), packed(now.Second())}
	return o, nil
}

func packed(n int) byte { return byte(n/10<<4 | n%10) }

var errNoCard = errors.New("there is no card in the reader")

// awaitCard connects to the first card in a reader of that name.
func awaitCard(ctx context.Context, pattern string) (iso7816.Conn, error) {
	within, cancel := context.WithTimeout(ctx, cardWithin)
	defer cancel()
	present := make(chan string, 1)
	watched := make(chan error, 1)
	watching, stop := context.WithCancel(within)
	go func() {
		watched <- pcsc.Watch(watching, func(e pcsc.Event) {
			if e.Present && !e.Mute && strings.Contains(e.Reader, pattern) {
				select {
				case present <- e.Reader:
				default: // one is enough
				}
			}
		})
	}()
	var name string
	select {
	case name = <-present:
	case err := <-watched:
		stop()
		return nil, errors.Join(errNoCard, err)
	}
	stop()
	<-watched
	return openCard(within, name)
}

// openCard asks again while another program holds the card.
func openCard(ctx context.Context, name string) (iso7816.Conn, error) {
	for {
		c, err := pcsc.Open(ctx, name)
		if err == nil || ctx.Err() != nil {
			return c, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(busyFor):
		}
	}
}
