//go:build linux

// Package capture records what passes over loopback TCP, as root's packet sniffer does:
// the line between till and terminal, and the one between secure world and acquirer.
// It puts each direction of a connection together and counts its bytes.
//
// Only the scope evidence imports it. It keeps what it captured in memory until Close
// wipes it.
//
// BUG(capture): segments that were sent twice or out of order are taken as they come;
// on loopback they are not. IPv6 and what is no loopback is not recorded. What the
// system dropped is counted, and a capture with drops is not whole.
package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"

	"golang.org/x/sys/unix"
)

// Direction is one direction of a connection, by the ports of its ends.
type Direction struct{ From, To uint16 }

// Stream is what passed in one direction.
type Stream struct {
	Direction
	Bytes int64
	Text  []byte // the first maxStream of them
}

// Capture records until it is closed.
type Capture struct {
	socket int
	done   sync.WaitGroup

	mu      sync.Mutex
	streams map[Direction]*Stream // guarded by mu
	closed  bool                  // guarded by mu
	err     error                 // guarded by mu
}

const (
	// maxStream of one direction is kept: a sale is some kilobytes.
	maxStream = 16 << 20
	// snapshot is the longest packet on loopback, whose MTU is 65536.
	snapshot = 1 << 17
	// room for what comes while this process does not run.
	room = 32 << 20
	// pollFor is how often a reader looks whether it shall end.
	pollFor = 50_000 // microseconds
)

// Start begins to record all of loopback. It needs the right to capture.
func Start() (*Capture, error) {
	s, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("capturing: %w", err)
	}
	lo, err := net.InterfaceByName("lo")
	if err == nil {
		_ = unix.SetsockoptInt(s, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, room) // else the system's default
		err = unix.SetsockoptTimeval(s, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: pollFor})
	}
	if err == nil {
		err = unix.Bind(s, &unix.SockaddrLinklayer{Protocol: swapped(unix.ETH_P_IP), Ifindex: lo.Index})
	}
	if err != nil {
		_ = unix.Close(s)
		return nil, fmt.Errorf("capturing: %w", err)
	}
	c := &Capture{socket: s, streams: map[Direction]*Stream{}}
	c.done.Go(c.read)
	return c, nil
}

// swapped is a number in network order, as the socket wants it.
func swapped(n uint16) uint16 { return n<<8 | n>>8 }

func (c *Capture) read() {
	packet := make([]byte, snapshot)
	defer clear(packet)
	for {
		n, from, err := unix.Recvfrom(c.socket, packet, 0)
		c.mu.Lock()
		closed := c.closed
		c.mu.Unlock()
		switch {
		case err == nil:
			// Loopback shows each packet twice: when it leaves and when it arrives.
			if l, ok := from.(*unix.SockaddrLinklayer); ok && l.Pkttype != unix.PACKET_OUTGOING {
				c.take(packet[:n])
			}
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
			if closed {
				return // and all that had come is read
			}
		default:
			c.mu.Lock()
			c.err = err
			c.mu.Unlock()
			return
		}
	}
}

func (c *Capture) take(packet []byte) {
	d, text, ok := segment(packet)
	if !ok || len(text) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.streams[d]
	if s == nil {
		s = &Stream{Direction: d}
		c.streams[d] = s
	}
	s.Bytes += int64(len(text))
	if keep := min(len(text), maxStream-len(s.Text)); keep > 0 {
		s.Text = append(s.Text, text[:keep]...)
	}
}

// segment reads an IPv4 packet's TCP segment.
func segment(packet []byte) (d Direction, text []byte, ok bool) {
	const ipHeader, tcpHeader, protocolTCP = 20, 20, 6
	if len(packet) < ipHeader || packet[0]>>4 != 4 || packet[9] != protocolTCP {
		return d, nil, false
	}
	start, total := int(packet[0]&0x0F)*4, int(binary.BigEndian.Uint16(packet[2:]))
	if total == 0 || total > len(packet) { // a packet that the network card would have cut
		total = len(packet)
	}
	if start < ipHeader || start+tcpHeader > total {
		return d, nil, false
	}
	tcp := packet[start:total]
	offset := int(tcp[12]>>4) * 4
	if offset < tcpHeader || offset > len(tcp) {
		return d, nil, false
	}
	return Direction{binary.BigEndian.Uint16(tcp), binary.BigEndian.Uint16(tcp[2:])}, tcp[offset:], true
}

// Streams are what passed until now. What they hold must not be kept after Close.
func (c *Capture) Streams() []Stream {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]Stream, 0, len(c.streams))
	for _, s := range c.streams {
		out = append(out, *s)
	}
	return out
}

// End stops the recording, once all that had passed was taken, and tells how many
// packets the system dropped.
func (c *Capture) End() (dropped uint32, err error) {
	c.mu.Lock()
	ended := c.closed
	c.closed = true
	c.mu.Unlock()
	c.done.Wait()
	if ended {
		return 0, errors.New("capturing: ended before")
	}
	counts, err := unix.GetsockoptTpacketStats(c.socket, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err == nil {
		dropped = counts.Drops
	}
	return dropped, errors.Join(c.err, err, unix.Close(c.socket))
}

// Wipe forgets what was captured.
func (c *Capture) Wipe() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.streams {
		clear(s.Text)
	}
	c.streams = map[Direction]*Stream{}
}
