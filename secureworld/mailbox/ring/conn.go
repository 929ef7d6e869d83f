//go:build linux

package ring

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Conn is one end of a session over shared memory.
type Conn struct {
	life   *net.UnixConn
	memory []byte
	in     source
	out    sink
	half   bool // the peer may end its direction alone
	once   sync.Once
	watch  sync.WaitGroup
	broken atomic.Bool // a byte came on the socket
}

// newConn begins one end over mapped memory.
func newConn(life *net.UnixConn, memory []byte, in, out stream, half bool) *Conn {
	c := &Conn{life: life, memory: memory, half: half}
	_ = life.SetDeadline(time.Time{}) // those of the frame that led here; a dead socket shows in follow
	born := time.Now()
	c.in.stream, c.in.number, c.in.waits, c.in.born = in, in.written, in.waitsForMore, born
	c.out.stream, c.out.number, c.out.waits, c.out.born = out, out.read, out.waitsForRoom, born
	c.watch.Go(c.follow)
	return c
}

// follow waits for the end of the socket. An end that the peer made lets be read what
// it wrote before.
func (c *Conn) follow() {
	n, err := c.life.Read(make([]byte, 1))
	if n > 0 {
		c.broken.Store(true)
	}
	end := errors.Is(err, io.EOF)
	if !end {
		c.in.closed.Store(true)
	}
	if !end || !c.half {
		c.out.end()
	}
	c.in.end()
}

// Read reads what the peer wrote, at most len(b) bytes, and waits for the first.
// io.EOF is the peer's end; ErrPeer and os.ErrDeadlineExceeded say that the session
// must end.
func (c *Conn) Read(b []byte) (int, error) {
	n, err := c.in.read(b)
	return n, c.reason(err)
}

// Write writes all of b, waiting for room.
func (c *Conn) Write(b []byte) (int, error) {
	n, err := c.out.write(b)
	return n, c.reason(err)
}

func (c *Conn) reason(err error) error {
	if errors.Is(err, net.ErrClosed) && c.broken.Load() {
		return ErrPeer
	}
	return err
}

// CloseWrite ends what this end writes; the peer reads it to its end.
func (c *Conn) CloseWrite() error {
	c.out.end()
	return c.life.CloseWrite()
}

// Close ends the session and lets go of the memory. What waits fails.
func (c *Conn) Close() error {
	err := net.ErrClosed
	c.once.Do(func() {
		c.in.closed.Store(true)
		c.out.closed.Store(true)
		err = c.life.Close()
		c.in.end()
		c.out.end()
		c.watch.Wait()
		c.in.mu.Lock() // for good: nobody touches the memory again
		c.out.mu.Lock()
		err = errors.Join(err, unix.Munmap(c.memory))
		c.in.mu.Unlock()
		c.out.mu.Unlock()
	})
	return err
}

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	c.in.setDeadline(t)
	c.out.setDeadline(t)
	return nil
}

// SetReadDeadline ends reads that wait longer; it holds for one that waits already.
func (c *Conn) SetReadDeadline(t time.Time) error { c.in.setDeadline(t); return nil }

// SetWriteDeadline is the same for writes.
func (c *Conn) SetWriteDeadline(t time.Time) error { c.out.setDeadline(t); return nil }

// LocalAddr is the socket's.
func (c *Conn) LocalAddr() net.Addr { return c.life.LocalAddr() }

// RemoteAddr is the socket's.
func (c *Conn) RemoteAddr() net.Addr { return c.life.RemoteAddr() }
