// Package pinpadlink is the kernel's end of the pinentry door: one session with
// the registered PIN pad at a time, a newer one ending the older. It relays the
// acquirer's key block, which it cannot open, and PIN blocks, which it cannot
// open either.
//
// The kernel alone imports it.
package pinpadlink

import (
	"context"
	"crypto/cipher"
	"crypto/tls"
	"errors"
	"net"
	"sync"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/devicelink"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
)

// ErrDown says that no PIN pad is connected.
var ErrDown = errors.New("pinpadlink: no session")

var (
	errPeer = errors.New("pinpadlink: frame not permitted")
	errKey  = errors.New("pinpadlink: the PIN pad refused the acquirer's key")
)

// Config of the door.
type Config struct {
	TLS      *tls.Config
	Device   orderauth.DeviceID
	Orders   cipher.Block // AES under the PIN pad's order key
	KeyID    pinentry.KeyID
	KeyBlock []byte // of the PIN key, for the PIN pad alone
	Post     func(transaction.Event)
	Refuse   func() // counts a frame that was refused
}

// Door accepts sessions and orders the PIN pad.
type Door struct {
	cfg Config

	turn sync.Mutex // while events are posted, so that none of a replaced session comes behind its successor's
	mu   sync.Mutex
	link *devicelink.Link // of the session in force
}

// New returns a door without a session.
func New(cfg Config) *Door { return &Door{cfg: cfg} }

// Serve runs one session to its end. It owns raw.
func (d *Door) Serve(ctx context.Context, raw net.Conn) error {
	conn, err := devicelink.Accept(ctx, raw, d.cfg.TLS, d.cfg.Device, pinentry.HandshakeDeadline)
	if err != nil {
		return err
	}
	defer raw.Close() // at once; see devicelink.Link.Close
	defer context.AfterFunc(ctx, func() { _ = raw.Close() })()
	link, err := d.open(conn)
	if err != nil {
		d.cfg.Refuse()
		return err
	}
	d.begin(link)
	defer d.end(link)
	return d.receive(conn, link)
}

// open greets the PIN pad and loads the acquirer's key where it is missing.
func (d *Door) open(conn net.Conn) (*devicelink.Link, error) {
	var hello pinentry.Hello
	if err := expect(conn, pinentry.KindHello, &hello); err != nil {
		return nil, err
	}
	if hello.Device != d.cfg.Device {
		return nil, errPeer
	}
	link := devicelink.New(conn, d.cfg.Orders, orderauth.DoorPINEntry, d.cfg.Device, hello.Nonce, pinentry.FrameDeadline)
	if err := link.Send(pinentry.KindWelcome, pinentry.Welcome{Device: d.cfg.Device}); err != nil {
		return nil, err
	}
	if hello.Key == d.cfg.KeyID {
		return link, nil
	}
	return link, d.load(conn, link)
}

func (d *Door) load(conn net.Conn, link *devicelink.Link) error {
	if err := link.Send(pinentry.KindLoadKey, pinentry.LoadKey{Block: d.cfg.KeyBlock}); err != nil {
		return err
	}
	var loaded pinentry.KeyLoaded
	if err := expect(conn, pinentry.KindKeyLoaded, &loaded); err != nil {
		return err
	}
	if loaded.Refused || loaded.Key != d.cfg.KeyID {
		return errKey
	}
	return nil
}

func expect(conn net.Conn, want byte, message any) error {
	kind, body, err := devicelink.ReadFirst(conn, pinentry.MaxBody, pinentry.HandshakeDeadline)
	if err != nil {
		return err
	}
	if kind != want {
		return errPeer
	}
	return frame.Parse(body, message)
}

func (d *Door) begin(link *devicelink.Link) {
	d.turn.Lock()
	defer d.turn.Unlock()
	if old := d.replace(link); old != nil {
		_ = old.Close() // its receive loop ends and finds that it was replaced
		d.cfg.Post(transaction.PINPadDown{})
	}
	d.cfg.Post(transaction.PINPadUp{})
}

func (d *Door) replace(link *devicelink.Link) (old *devicelink.Link) {
	d.mu.Lock()
	defer d.mu.Unlock()
	old, d.link = d.link, link
	return old
}

func (d *Door) current() *devicelink.Link {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.link
}

func (d *Door) end(link *devicelink.Link) {
	d.turn.Lock()
	defer d.turn.Unlock()
	if d.current() == link {
		d.replace(nil)
		d.cfg.Post(transaction.PINPadDown{})
	}
}

// post tells what the session in force brought, and nothing of one that was
// replaced.
func (d *Door) post(link *devicelink.Link, e transaction.Event) error {
	d.turn.Lock()
	defer d.turn.Unlock()
	if d.current() != link {
		return ErrDown
	}
	d.cfg.Post(e)
	return nil
}

func (d *Door) receive(conn net.Conn, link *devicelink.Link) error {
	for {
		kind, body, err := devicelink.ReadFrame(conn, pinentry.MaxBody, pinentry.FrameDeadline)
		if err != nil {
			d.refuseIf(devicelink.PeerBroke(err))
			return err
		}
		event, err := parse(kind, body)
		if err != nil {
			d.cfg.Refuse()
			return err
		}
		if err := d.post(link, event); err != nil {
			return err
		}
	}
}

func (d *Door) refuseIf(broke bool) {
	if broke {
		d.cfg.Refuse()
	}
}

func parse(kind byte, body []byte) (transaction.Event, error) {
	switch kind {
	case pinentry.KindEntered:
		var m pinentry.Entered
		err := frame.Parse(body, &m)
		return transaction.PINEntered(m), err
	case pinentry.KindFailed:
		var m pinentry.Failed
		err := frame.Parse(body, &m)
		return transaction.PINFailed(m), err
	}
	return nil, errPeer
}

// EnterPIN orders a PIN.
func (d *Door) EnterPIN(m pinentry.EnterPIN) error { return d.order(pinentry.KindEnterPIN, m) }

// Stop ends an entry.
func (d *Door) Stop(m pinentry.Stop) error { return d.order(pinentry.KindStop, m) }

// Show puts a fixed text on the display.
func (d *Door) Show(m pinentry.Show) error { return d.order(pinentry.KindShow, m) }

func (d *Door) order(kind byte, m any) error {
	link := d.current()
	if link == nil {
		return ErrDown
	}
	_, err := link.Order(kind, m)
	if err != nil {
		_ = link.Close() // the receive loop reports the end
	}
	return err
}
