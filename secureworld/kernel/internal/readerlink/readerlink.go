// Package readerlink is the kernel's end of the sred door: one session with the
// registered reader at a time, a newer one ending the older.
//
// The kernel alone imports it. Envelopes pass through it unopened.
package readerlink

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
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// ErrDown says that there is no session.
var ErrDown = devicelink.ErrDown

var errPeer = errors.New("readerlink: frame not permitted")

// Config of the door.
type Config struct {
	TLS    *tls.Config
	Device orderauth.DeviceID
	Orders cipher.Block // AES under the reader's order key

	Parameters sred.Configure // the reader's, in force before its session counts

	Post   func(transaction.Event)
	Refuse func() // counts a frame that was refused
}

// Door accepts sessions and orders the reader.
type Door struct {
	cfg      Config
	sessions *devicelink.Sessions
}

// New returns a door without a session.
func New(cfg Config) *Door {
	return &Door{cfg: cfg, sessions: &devicelink.Sessions{
		Post: cfg.Post, Refuse: cfg.Refuse, Down: transaction.ReaderDown{},
	}}
}

// Serve runs one session to its end. It owns raw.
func (d *Door) Serve(ctx context.Context, raw net.Conn) error {
	conn, err := devicelink.Accept(ctx, raw, d.cfg.TLS, d.cfg.Device, sred.HandshakeDeadline)
	if err != nil {
		return err
	}
	defer raw.Close() // at once; see devicelink.Link.Close
	defer context.AfterFunc(ctx, func() { _ = raw.Close() })()
	number := d.sessions.Arrive()
	hello, err := d.greet(conn)
	if err != nil {
		d.cfg.Refuse()
		return err
	}
	link := devicelink.New(conn, d.cfg.Orders, orderauth.DoorSRED, d.cfg.Device, hello.Nonce, sred.FrameDeadline)
	if err := link.Send(sred.KindWelcome, sred.Welcome{Device: d.cfg.Device}); err != nil {
		return err
	}
	if err := d.configure(conn, link); err != nil {
		d.cfg.Refuse()
		return err
	}
	if err := d.sessions.Begin(link, number, transaction.ReaderUp{Ready: hello.Ready}); err != nil {
		return err
	}
	defer d.sessions.End(link)
	return d.sessions.Receive(conn, link, sred.MaxFromReader, sred.FrameDeadline, parse)
}

func (d *Door) greet(conn net.Conn) (sred.Hello, error) {
	var hello sred.Hello
	kind, body, err := devicelink.ReadFirst(conn, sred.MaxFromReader, sred.HandshakeDeadline)
	if err != nil {
		return hello, err
	}
	if kind != sred.KindHello {
		return hello, errPeer
	}
	if err := frame.Parse(body, &hello); err != nil {
		return hello, err
	}
	if hello.Device != d.cfg.Device {
		return hello, errPeer
	}
	return hello, nil
}

func parse(kind byte, body []byte) (transaction.Event, error) {
	switch kind {
	case sred.KindProgress:
		var m sred.Progress
		err := frame.Parse(body, &m)
		return transaction.ReaderProgress{Order: m.Order, Stage: m.Stage}, err
	case sred.KindVerify:
		var m sred.Verify
		err := frame.Parse(body, &m)
		return transaction.ReaderVerify(m), err
	case sred.KindVerifyOffline:
		var m sred.VerifyOffline
		err := frame.Parse(body, &m)
		return transaction.ReaderVerifyOffline(m), err
	case sred.KindChoose:
		var m sred.Choose
		err := frame.Parse(body, &m)
		return transaction.ReaderChoose(m), err
	case sred.KindOnline:
		var m sred.Online
		err := frame.Parse(body, &m)
		return transaction.ReaderOnline(m), err
	case sred.KindFinished:
		var m sred.Finished
		err := frame.Parse(body, &m)
		return transaction.ReaderFinished(m), err
	case sred.KindFailed:
		var m sred.Failed
		err := frame.Parse(body, &m)
		return transaction.ReaderFailed(m), err
	}
	return nil, errPeer
}

// Take orders the reader to take a card. The digest binds the envelopes that
// answer this order.
func (d *Door) Take(t sred.Take) (digest [32]byte, err error) {
	sealed, err := d.sessions.Order(sred.KindTake, t)
	return sred.OrderDigest(sealed), err
}

// PINDone tells how the PIN entry ended.
func (d *Door) PINDone(m sred.PINDone) error { return d.only(sred.KindPINDone, m) }

// Chosen tells which application the cardholder chose.
func (d *Door) Chosen(m sred.Chosen) error { return d.only(sred.KindChosen, m) }

// Answer brings the host's word to the card.
func (d *Door) Answer(m sred.Answer) error { return d.only(sred.KindAnswer, m) }

// Stop ends an order.
func (d *Door) Stop(m sred.Stop) error { return d.only(sred.KindStop, m) }

// Show puts a fixed text on the display.
func (d *Door) Show(m sred.Show) error { return d.only(sred.KindShow, m) }

func (d *Door) only(kind byte, m any) error {
	_, err := d.sessions.Order(kind, m)
	return err
}
