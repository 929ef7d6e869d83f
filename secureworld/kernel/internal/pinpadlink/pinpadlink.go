// Package pinpadlink is the kernel's end of the pinentry door: one session with
// the registered PIN pad at a time, a newer one ending the older. It relays the
// acquirer's key block, which it cannot open, and PINs and keyed cards, which it
// cannot open either.
//
// The kernel alone imports it.
package pinpadlink

import (
	"context"
	"crypto/cipher"
	"crypto/tls"
	"errors"
	"net"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/devicelink"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
)

// ErrDown says that there is no session.
var ErrDown = devicelink.ErrDown

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
	cfg      Config
	sessions *devicelink.Sessions
}

// New returns a door without a session.
func New(cfg Config) *Door {
	return &Door{cfg: cfg, sessions: &devicelink.Sessions{
		Post: cfg.Post, Refuse: cfg.Refuse, Down: transaction.PINPadDown{},
	}}
}

// Serve runs one session to its end. It owns raw.
func (d *Door) Serve(ctx context.Context, raw net.Conn) error {
	conn, err := devicelink.Accept(ctx, raw, d.cfg.TLS, d.cfg.Device, pinentry.HandshakeDeadline)
	if err != nil {
		return err
	}
	defer raw.Close() // at once; see devicelink.Link.Close
	defer context.AfterFunc(ctx, func() { _ = raw.Close() })()
	number := d.sessions.Arrive()
	link, err := d.open(conn)
	if err != nil {
		d.cfg.Refuse()
		return err
	}
	if err := d.sessions.Begin(link, number, transaction.PINPadUp{}); err != nil {
		return err
	}
	defer d.sessions.End(link)
	return d.sessions.Receive(conn, link, pinentry.MaxBody, pinentry.FrameDeadline, parse)
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

func parse(kind byte, body []byte) (transaction.Event, error) {
	switch kind {
	case pinentry.KindEntered:
		var m pinentry.Entered
		err := frame.Parse(body, &m)
		return transaction.PINEntered(m), err
	case pinentry.KindEnciphered:
		var m pinentry.Enciphered
		err := frame.Parse(body, &m)
		return transaction.PINEnciphered(m), err
	case pinentry.KindChosen:
		return parseChosen(body)
	case pinentry.KindConfirmed:
		var m pinentry.Confirmed
		err := frame.Parse(body, &m)
		return transaction.Confirmed(m), err
	case pinentry.KindKeyed:
		var m pinentry.Keyed
		err := frame.Parse(body, &m)
		return transaction.CardKeyed(m), err
	case pinentry.KindFailed:
		var m pinentry.Failed
		err := frame.Parse(body, &m)
		return transaction.PINFailed(m), err
	}
	return nil, errPeer
}

func parseChosen(body []byte) (transaction.Event, error) {
	var m pinentry.Chosen
	if err := frame.Parse(body, &m); err != nil {
		return nil, err
	}
	if m.Choice > pinentry.Choices {
		return nil, errPeer
	}
	return transaction.Chosen(m), nil
}

// EnterPIN orders a PIN.
func (d *Door) EnterPIN(m pinentry.EnterPIN) error { return d.order(pinentry.KindEnterPIN, m) }

// EncipherPIN orders a PIN for the card.
func (d *Door) EncipherPIN(m pinentry.EncipherPIN) error {
	return d.order(pinentry.KindEncipherPIN, m)
}

// Choose asks for an application of the card.
func (d *Door) Choose(m pinentry.Choose) error { return d.order(pinentry.KindChoose, m) }

// Confirm asks a person to confirm a refund.
func (d *Door) Confirm(m pinentry.Confirm) error { return d.order(pinentry.KindConfirm, m) }

// KeyCard orders a card by key.
func (d *Door) KeyCard(m pinentry.KeyCard) error { return d.order(pinentry.KindKeyCard, m) }

// Stop ends an entry.
func (d *Door) Stop(m pinentry.Stop) error { return d.order(pinentry.KindStop, m) }

// Show puts a fixed text on the display.
func (d *Door) Show(m pinentry.Show) error { return d.order(pinentry.KindShow, m) }

func (d *Door) order(kind byte, m any) error {
	_, err := d.sessions.Order(kind, m)
	return err
}
