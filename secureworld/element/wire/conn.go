package wire

import (
	"encoding/binary"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

const (
	// Head is the room that a frame needs before its kind.
	Head       = 3
	headerSize = Head + 1
	// usual is how much is read at once: a frame of 64 questions has 5 to 15 KB. A longer
	// frame makes the buffer grow.
	usual = 16 << 10
)

// Conn carries frames. One goroutine reads and one writes at a time.
type Conn struct {
	conn  net.Conn
	limit int
	in    stream
	out   stream
	room  []byte // what was read and not taken: room[from:to]
	from  int
	to    int
}

// New carries frames whose bodies have at most limit bytes over conn, which is the
// caller's to close.
func New(conn net.Conn, limit int) *Conn {
	c := &Conn{conn: conn, limit: limit, room: make([]byte, usual)}
	if socket, ok := conn.(syscall.Conn); ok && raw {
		if r, err := socket.SyscallConn(); err == nil {
			c.in.prepare(r.Read, syscall.SYS_READ)
			c.out.prepare(r.Write, syscall.SYS_WRITE)
		}
	}
	return c
}

// Close closes the connection.
func (c *Conn) Close() error { return c.conn.Close() }

// SetDeadline is that of net.Conn.
func (c *Conn) SetDeadline(t time.Time) error { return c.conn.SetDeadline(t) }

// SetReadDeadline is that of net.Conn.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.conn.SetReadDeadline(t) }

// SetWriteDeadline is that of net.Conn.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.conn.SetWriteDeadline(t) }

// Read returns the next frame. The body is overwritten by the next call.
func (c *Conn) Read() (kind byte, body []byte, err error) {
	if err := c.fill(headerSize); err != nil {
		return 0, nil, err
	}
	h := c.room[c.from:]
	n := int(binary.BigEndian.Uint16(h[2:]))
	switch {
	case h[0] != frame.Version:
		return 0, nil, frame.ErrVersion
	case n > c.limit:
		return 0, nil, frame.ErrTooLong
	}
	if err := c.fill(headerSize + n); err != nil {
		return 0, nil, err
	}
	b := c.room[c.from:][: headerSize+n : headerSize+n]
	c.from += len(b)
	return b[Head-2], b[headerSize:], nil
}

// fill reads until there are n bytes that were not taken.
func (c *Conn) fill(n int) error {
	if c.from == c.to {
		c.from, c.to = 0, 0
	}
	if c.from+n > len(c.room) {
		c.move(n)
	}
	for c.to-c.from < n {
		got, err := c.receive(c.room[c.to:])
		c.to += got
		if err != nil && c.to-c.from < n {
			if err == io.EOF && c.to > c.from { //nolint:errorlint // receive wraps nothing
				err = io.ErrUnexpectedEOF
			}
			return err
		}
	}
	return nil
}

// move brings what is left to the front of a buffer that has room for n bytes.
func (c *Conn) move(n int) {
	room := c.room
	if n > len(room) {
		room = make([]byte, n)
	}
	c.to = copy(room, c.room[c.from:c.to])
	c.room, c.from = room, 0
}

func (c *Conn) receive(b []byte) (int, error) {
	if c.in.wait == nil {
		return c.conn.Read(b)
	}
	n, err := c.in.call(b)
	if n == 0 && err == nil {
		err = io.EOF
	}
	return n, err
}

// Frame fills the head of b, which has Head bytes to spare, the kind, and the body. b
// is what Write writes, as often as it is wanted.
func Frame(b []byte) error {
	n := len(b) - headerSize
	if n > frame.MaxBody {
		return frame.ErrTooLong
	}
	b[0], b[1] = frame.Version, b[Head]
	binary.BigEndian.PutUint16(b[2:], uint16(n))
	return nil
}

// Write writes a frame that Frame has filled.
func (c *Conn) Write(b []byte) error {
	if c.out.wait == nil {
		_, err := c.conn.Write(b)
		return err
	}
	for len(b) > 0 {
		n, err := c.out.call(b)
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}
