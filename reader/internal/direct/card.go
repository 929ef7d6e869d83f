package direct

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/reader/iso7816"
)

// Control messages of vpcd.
const (
	powerOnMessage = 0x01
	resetMessage   = 0x02
	atrMessage     = 0x04
)

const (
	minCommand, maxMessage = 4, 0xFFFF

	// atrWithin is what a card has for its answer to reset: one in software
	// answers at once.
	atrWithin = 2 * time.Second
)

var errCommand = errors.New("direct: command of fewer than 4 or more than 65,535 bytes")

// card is a card that is present. One goroutine reads what it says.
type card struct {
	conn    net.Conn
	atr     []byte
	answers chan []byte
	gone    chan struct{} // closed when it has left

	mu      sync.Mutex // held for one exchange
	session *session   // the latest; guarded by mu
}

// powerOn asks a card that has just come for its answer to reset.
func powerOn(conn net.Conn) (*card, error) {
	if err := conn.SetDeadline(time.Now().Add(atrWithin)); err != nil {
		return nil, err
	}
	for _, m := range []byte{powerOnMessage, atrMessage} {
		if err := send(conn, []byte{m}); err != nil {
			return nil, err
		}
	}
	atr, err := receive(conn)
	if err == nil {
		err = conn.SetDeadline(time.Time{})
	}
	return &card{conn: conn, atr: atr, answers: make(chan []byte), gone: make(chan struct{})}, err
}

// listen hands answers over until the card leaves. One that nobody asked for ends
// the card's time.
func (c *card) listen() {
	defer close(c.gone)
	for {
		b, err := receive(c.conn)
		if err != nil {
			return
		}
		select {
		case c.answers <- b:
		case <-time.After(atrWithin):
			clear(b)
			return
		}
	}
}

// open ends the session before, and resets the card.
func (c *card) open() (*session, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.session != nil {
		c.session.end()
	}
	if err := send(c.conn, []byte{resetMessage}); err != nil {
		return nil, ErrNoCard
	}
	c.session = &session{card: c, dead: make(chan struct{})}
	return c.session, nil
}

// session is one card session.
type session struct {
	card *card
	once sync.Once
	dead chan struct{} // closed at the first error or by Close
}

func (s *session) ATR() []byte { return bytes.Clone(s.card.atr) }

// Protocol is what the answer to reset names first; T=1 where it cannot be read.
func (s *session) Protocol() iso7816.Protocol {
	atr, err := iso7816.ParseATR(s.card.atr)
	if err != nil {
		return iso7816.T1
	}
	return atr.Protocol
}

func (s *session) end() { s.once.Do(func() { close(s.dead) }) }

// Close ends the session and leaves the card as it is.
func (s *session) Close() error {
	s.end()
	return nil
}

// Exchange sends one command. Any error, a short answer included, ends the session.
func (s *session) Exchange(ctx context.Context, capdu []byte) ([]byte, error) {
	if len(capdu) < minCommand || len(capdu) > maxMessage {
		return nil, errCommand
	}
	s.card.mu.Lock()
	defer s.card.mu.Unlock()
	select {
	case <-s.dead: // a select would choose at random
		return nil, iso7816.ErrDead
	default:
	}
	if err := send(s.card.conn, capdu); err != nil {
		s.end()
		return nil, iso7816.ErrDead
	}
	return s.await(ctx)
}

func (s *session) await(ctx context.Context) ([]byte, error) {
	select {
	case b := <-s.card.answers:
		if len(b) >= 2 {
			return b, nil
		}
		s.end()
		return nil, errors.Join(iso7816.ErrDead, iso7816.ErrShortAnswer) // which tells two cards from none
	case <-s.card.gone:
	case <-s.dead:
	case <-ctx.Done():
	}
	_ = s.card.conn.Close() // its answer would be taken for another command's
	s.end()
	return nil, errors.Join(iso7816.ErrDead, ctx.Err())
}

// send writes length and message at once.
func send(w io.Writer, m []byte) error {
	b := append(binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(m)), uint16(len(m))), m...)
	defer clear(b)
	_, err := w.Write(b)
	return err
}

func receive(r io.Reader) ([]byte, error) {
	var length [2]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	b := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(r, b); err != nil {
		clear(b)
		return nil, err
	}
	return b, nil
}
