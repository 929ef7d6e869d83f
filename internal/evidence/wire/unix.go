//go:build linux

package wire

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Unix is a Unix socket that is connected to another.
type Unix struct{ Inode, Peer uint64 }

// The numbers of linux/sock_diag.h and linux/unix_diag.h.
const (
	diagByFamily  = 20
	diagAllStates = 0xFFFFFFFF
	diagShowPeer  = 4
	diagPeer      = 2
	diagRequest   = 24 // bytes of struct unix_diag_req
	diagMessage   = 16 // bytes of struct unix_diag_msg
	diagInode     = 4  // where the inode stands in it
	answerRoom    = 1 << 16
)

// Unixes asks the system for all connected Unix sockets.
func Unixes() ([]Unix, error) {
	s, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, fmt.Errorf("asking for Unix sockets: %w", err)
	}
	defer unix.Close(s)
	if err := unix.Sendto(s, question(), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return nil, fmt.Errorf("asking for Unix sockets: %w", err)
	}
	var out []Unix
	b := make([]byte, answerRoom)
	for {
		n, _, err := unix.Recvfrom(s, b, 0)
		if err != nil {
			return nil, fmt.Errorf("asking for Unix sockets: %w", err)
		}
		more, done, err := parseUnix(b[:n])
		out = append(out, more...)
		if done || err != nil {
			return out, err
		}
	}
}

func question() []byte {
	order := binary.NativeEndian
	b := order.AppendUint32(nil, unix.SizeofNlMsghdr+diagRequest)
	b = order.AppendUint16(b, diagByFamily)
	b = order.AppendUint16(b, unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	b = append(b, make([]byte, 8)...) // sequence and port
	b = append(b, unix.AF_UNIX, 0, 0, 0)
	b = order.AppendUint32(b, diagAllStates)
	b = order.AppendUint32(b, 0)
	b = order.AppendUint32(b, diagShowPeer)
	return append(b, make([]byte, 8)...) // cookie
}

var errAnswer = errors.New("asking for Unix sockets: malformed answer")

// parseUnix reads one datagram of the answer.
func parseUnix(b []byte) (out []Unix, done bool, err error) {
	order := binary.NativeEndian
	for len(b) >= unix.SizeofNlMsghdr {
		length := int(order.Uint32(b))
		if length < unix.SizeofNlMsghdr || length > len(b) {
			return out, true, errAnswer
		}
		switch order.Uint16(b[4:]) {
		case unix.NLMSG_DONE:
			return out, true, nil
		case unix.NLMSG_ERROR:
			return out, true, errAnswer
		}
		if u, ok := connected(b[unix.SizeofNlMsghdr:length]); ok {
			out = append(out, u)
		}
		b = b[min(len(b), aligned(length)):]
	}
	return out, false, nil
}

// connected reads a message's inode and its peer among the attributes.
func connected(m []byte) (u Unix, ok bool) {
	order := binary.NativeEndian
	if len(m) < diagMessage {
		return u, false
	}
	u.Inode = uint64(order.Uint32(m[diagInode:]))
	for a := m[diagMessage:]; len(a) >= unix.SizeofRtAttr; {
		length := int(order.Uint16(a))
		if length < unix.SizeofRtAttr || length > len(a) {
			return u, false
		}
		if order.Uint16(a[2:]) == diagPeer && length >= unix.SizeofRtAttr+4 {
			u.Peer = uint64(order.Uint32(a[unix.SizeofRtAttr:]))
			return u, true
		}
		a = a[min(len(a), aligned(length)):]
	}
	return u, false
}

// aligned: messages and attributes begin at multiples of four.
func aligned(n int) int { return (n + 3) &^ 3 }
