package devicetest

import (
	"crypto/aes"
	"crypto/tls"
	"net"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
)

// deadline of everything that a test waits for.
const deadline = 10 * time.Second

// Peer is the secure world's end of one session.
type Peer struct {
	Conn   net.Conn
	Hello  []byte // its body
	Orders *orderauth.Session

	w *World
}

// AcceptRaw takes a connection and does nothing with it yet.
func (w *World) AcceptRaw() net.Conn {
	w.t.Helper()
	c, err := w.listener.Accept()
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = c.Close() })
	return c
}

// Accept takes a session up to the Hello. Both doors' Hello begins with the
// device's id and its nonce.
func (w *World) Accept() *Peer {
	w.t.Helper()
	p := &Peer{Conn: w.AcceptRaw(), w: w}
	if err := p.Conn.(*tls.Conn).Handshake(); err != nil {
		w.t.Fatal(err)
	}
	kind, body := p.Read()
	if kind != 0x01 || len(body) < 24 || orderauth.DeviceID(body[:8]) != w.ID {
		w.t.Fatalf("kind %02x instead of a Hello of this device", kind)
	}
	p.Hello, p.Orders = body, w.NewOrders(orderauth.Nonce(body[8:24]))
	return p
}

// Session takes a session up to the Welcome.
func (w *World) Session() *Peer {
	w.t.Helper()
	p := w.Accept()
	p.Send(0x81, struct{ Device orderauth.DeviceID }{w.ID})
	return p
}

// NewOrders authenticates orders of a session with another nonce.
func (w *World) NewOrders(nonce orderauth.Nonce) *orderauth.Session {
	w.t.Helper()
	b, err := aes.NewCipher(w.Order)
	if err != nil {
		w.t.Fatal(err)
	}
	return orderauth.NewSession(b, w.door, w.ID, nonce)
}

// Seal encodes an order and authenticates it as the next of this session.
func (p *Peer) Seal(kind byte, message any) []byte {
	p.w.t.Helper()
	body, err := frame.Append(nil, message)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return p.Orders.Seal(kind, body)
}

// Order seals and sends an order, and returns its bytes.
func (p *Peer) Order(kind byte, message any) []byte {
	p.w.t.Helper()
	sealed := p.Seal(kind, message)
	p.Write(kind, sealed)
	return sealed
}

// Send sends a message that is no order.
func (p *Peer) Send(kind byte, message any) {
	p.w.t.Helper()
	if err := frame.Send(p.Conn, kind, message); err != nil {
		p.w.t.Fatal(err)
	}
}

// Write sends a body as it is.
func (p *Peer) Write(kind byte, body []byte) {
	p.w.t.Helper()
	if err := frame.Write(p.Conn, kind, body); err != nil {
		p.w.t.Fatal(err)
	}
}

// Read waits for one message of the device.
func (p *Peer) Read() (kind byte, body []byte) {
	p.w.t.Helper()
	_ = p.Conn.SetReadDeadline(time.Now().Add(deadline))
	kind, body, err := frame.Read(p.Conn, frame.MaxBody)
	if err != nil {
		p.w.t.Fatalf("waiting for the device: %v", err)
	}
	return kind, body
}

// Expect waits for a message of this kind and parses it.
func (p *Peer) Expect(kind byte, message any) {
	p.w.t.Helper()
	got, body := p.Read()
	if got != kind {
		p.w.t.Fatalf("kind %02x instead of %02x: %x", got, kind, body)
	}
	if err := frame.Parse(body, message); err != nil {
		p.w.t.Fatal(err)
	}
}

// ExpectEnd waits for the device to end the session, and reports what it said
// instead if it did not.
func (p *Peer) ExpectEnd() {
	p.w.t.Helper()
	_ = p.Conn.SetReadDeadline(time.Now().Add(deadline))
	if kind, _, err := frame.Read(p.Conn, frame.MaxBody); err == nil {
		p.w.t.Fatalf("the device sent kind %02x instead of ending the session", kind)
	} else if e, ok := err.(net.Error); ok && e.Timeout() {
		p.w.t.Fatal("the device did not end the session")
	}
}
