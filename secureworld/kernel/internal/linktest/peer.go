package linktest

import (
	"crypto/cipher"
	"crypto/tls"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
)

// Peer is a device with a session.
type Peer struct {
	Conn   *tls.Conn
	Orders *orderauth.Session
	t      testing.TB
}

// NewPeer speaks over conn; block is AES under the device's order key.
func NewPeer(t testing.TB, conn *tls.Conn, block cipher.Block, door orderauth.Door, id orderauth.DeviceID, nonce orderauth.Nonce) *Peer {
	return &Peer{Conn: conn, Orders: orderauth.NewSession(block, door, id, nonce), t: t}
}

// Send sends a message. That the kernel has hung up shows when it is read from.
func (p *Peer) Send(kind byte, message any) {
	p.t.Helper()
	_ = frame.Send(p.Conn, kind, message)
}

// Expect waits for a message that is no order.
func (p *Peer) Expect(kind byte, message any) {
	p.t.Helper()
	got, body, err := frame.Read(p.Conn, frame.MaxBody)
	if err != nil || got != kind {
		p.t.Fatalf("kind %02x instead of %02x, %v", got, kind, err)
	}
	if err := frame.Parse(body, message); err != nil {
		p.t.Fatal(err)
	}
}

// ExpectOrder waits for an order, verifies it as the device does, and returns it
// as received.
func (p *Peer) ExpectOrder(kind byte, message any) []byte {
	p.t.Helper()
	got, sealed, err := frame.Read(p.Conn, frame.MaxBody)
	if err != nil || got != kind {
		p.t.Fatalf("kind %02x instead of %02x, %v", got, kind, err)
	}
	body, err := p.Orders.Open(kind, sealed)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := frame.Parse(body, message); err != nil {
		p.t.Fatal(err)
	}
	return sealed
}

// ExpectEnd waits for the end of the session.
func (p *Peer) ExpectEnd() {
	p.t.Helper()
	if kind, _, err := frame.Read(p.Conn, frame.MaxBody); err == nil {
		p.t.Fatalf("kind %02x in place of the session's end", kind)
	}
}
