package virtualcard

import (
	"net"
	"syscall"
)

// quickACK arms quick acknowledgement before every read. vpcd 3.3 sends the
// length and the payload in two packets without TCP_NODELAY, so that every
// command would wait 44 ms for a delayed acknowledgement; the option does not
// stick, hence the repetition.
type quickACK struct {
	net.Conn
	raw syscall.RawConn
}

func withQuickACK(c net.Conn) net.Conn {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return c
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return c
	}
	return quickACK{Conn: c, raw: raw}
}

func (q quickACK) Read(p []byte) (int, error) {
	_ = q.raw.Control(func(fd uintptr) {
		// Without it everything still works, only slower.
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	})
	return q.Conn.Read(p)
}
