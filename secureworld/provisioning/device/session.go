package device

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// Door is what differs between the two doors.
type Door struct {
	MaxBody           int
	FrameDeadline     time.Duration
	HandshakeDeadline time.Duration
	Hello, Welcome    byte
	// Hi makes the Hello of a session with this nonce.
	Hi func(orderauth.Nonce) any
	// Plain reports the kinds from the secure world that are no orders.
	Plain func(kind byte) bool
}

// Received is a message of the secure world whose authenticity is established.
type Received struct {
	Kind   byte
	Body   []byte // without the order's authentication
	Sealed []byte // as received
}

// ErrProtocol reports a message that the door does not permit. The session must
// end.
var ErrProtocol = errors.New("device: message not permitted")

// Session is one session with the secure world, after Hello and Welcome.
type Session struct {
	conn   net.Conn
	door   Door
	orders *orderauth.Session
	wipe   func() // the order key's schedule

	incoming chan Received
	done     chan struct{} // closed by Close
	reading  sync.WaitGroup
	failure  error // of reading; read after incoming is closed

	mu sync.Mutex // one Send at a time
}

// Connect dials, shakes hands and greets, all within the handshake deadline.
func (d *Device) Connect(ctx context.Context, door Door) (*Session, error) {
	ctx, cancel := context.WithTimeout(ctx, door.HandshakeDeadline)
	defer cancel()
	e, err := d.endpoint()
	if err != nil {
		return nil, err
	}
	conn, err := e.dial(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	s, err := d.greet(conn, door)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return s, nil
}

// greet sends Hello with a fresh nonce and waits for the Welcome that names
// this device.
func (d *Device) greet(conn net.Conn, door Door) (*Session, error) {
	var nonce orderauth.Nonce
	_, _ = rand.Read(nonce[:])
	if err := frame.Send(conn, door.Hello, door.Hi(nonce)); err != nil {
		return nil, fmt.Errorf("device: sending the greeting: %w", err)
	}
	kind, body, err := frame.Read(conn, door.MaxBody)
	if err != nil {
		return nil, fmt.Errorf("device: waiting for the welcome: %w", err)
	}
	if kind != door.Welcome || !bytes.Equal(body, d.ID[:]) {
		return nil, ErrProtocol
	}
	return d.session(conn, door, nonce)
}

func (d *Device) session(conn net.Conn, door Door, nonce orderauth.Nonce) (*Session, error) {
	s := &Session{conn: conn, door: door, incoming: make(chan Received), done: make(chan struct{})}
	err := d.UseOrderKey(func(key []byte) error {
		block, wipe, err := schedule.NewAES(key, make([]byte, schedule.RoomAES))
		s.orders, s.wipe = orderauth.NewSession(block, d.door, d.ID, nonce), wipe
		return err
	})
	if err != nil {
		return nil, err
	}
	s.reading.Go(s.read)
	return s, nil
}

// Incoming gives the messages in order. It is closed when the session failed,
// for the reason that Err tells.
func (s *Session) Incoming() <-chan Received { return s.incoming }

// Err is why Incoming was closed.
func (s *Session) Err() error { return s.failure }

func (s *Session) read() {
	defer close(s.incoming)
	for {
		m, err := s.next()
		if err != nil {
			s.failure = err
			return
		}
		select {
		case s.incoming <- m:
		case <-s.done:
			s.failure = net.ErrClosed
			return
		}
	}
}

// next reads a message and, unless its kind is none of an order, opens it.
func (s *Session) next() (Received, error) {
	kind, body, err := s.frame()
	if err != nil || s.door.Plain(kind) {
		return Received{kind, body, body}, err
	}
	opened, err := s.orders.Open(kind, body)
	return Received{kind, opened, body}, err
}

// frame waits without limit for a frame to begin, and as long as the door
// allows for its end.
func (s *Session) frame() (byte, []byte, error) {
	var first [1]byte
	_ = s.conn.SetReadDeadline(time.Time{})
	if _, err := io.ReadFull(s.conn, first[:]); err != nil {
		return 0, nil, err
	}
	_ = s.conn.SetReadDeadline(time.Now().Add(s.door.FrameDeadline))
	return frame.Read(io.MultiReader(bytes.NewReader(first[:]), s.conn), s.door.MaxBody)
}

// Send sends one message.
func (s *Session) Send(kind byte, message any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.conn.SetWriteDeadline(time.Now().Add(writeDeadline))
	if err := frame.Send(s.conn, kind, message); err != nil {
		return fmt.Errorf("device: sending: %w", err)
	}
	return nil
}

// Close ends the session, waits for its reader and erases its key.
func (s *Session) Close() error {
	close(s.done)
	err := s.conn.Close()
	s.reading.Wait()
	s.wipe()
	return err
}
