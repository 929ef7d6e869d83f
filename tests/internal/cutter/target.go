//go:build linux

package cutter

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/sys/unix"
)

// drawn is the random part of a temporary file's name (os.CreateTemp).
var drawn = regexp.MustCompile(`[0-9]{4,}`)

// names tells what descriptors of one process are.
type names struct {
	process Process
	sockets map[string]string // by "socket:[inode]"
}

// descriptor returns the name of what fd is, and whether it is a socket.
func (n *names) descriptor(fd int) (string, bool) {
	link, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", n.process.PID, fd))
	if err != nil {
		return "closed", false
	}
	if !strings.HasPrefix(link, "socket:") {
		return fileName(link), false
	}
	if n.sockets[link] == "" {
		n.sockets[link] = n.socket(fd)
	}
	return n.sockets[link], true
}

func fileName(path string) string {
	return drawn.ReplaceAllString(strings.TrimSuffix(filepath.Base(path), " (deleted)"), "*")
}

// socket asks a copy of the descriptor (pidfd_getfd(2)) for both addresses.
func (n *names) socket(fd int) string {
	pidfd, err := unix.PidfdOpen(n.process.PID, 0)
	if err != nil {
		return "socket"
	}
	defer unix.Close(pidfd)
	own, err := unix.PidfdGetfd(pidfd, fd, 0)
	if err != nil {
		return "socket"
	}
	defer unix.Close(own)
	local, err1 := unix.Getsockname(own)
	peer, err2 := unix.Getpeername(own)
	if err1 != nil {
		return "socket"
	}
	if err2 != nil {
		peer = nil
	}
	return n.between(local, peer)
}

func (n *names) between(ends ...unix.Sockaddr) string {
	name := "socket"
	for _, end := range ends {
		address, kind := addressOf(end)
		if given := n.process.Addresses[address]; given != "" {
			return given
		}
		if name == "socket" || name == "unix" && kind != "" {
			name = kind
		}
	}
	return name
}

// addressOf returns an address as Process.Addresses has it, and what to call the
// socket if that does not name it.
func addressOf(end unix.Sockaddr) (address, kind string) {
	switch a := end.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port)).String(), "tcp"
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr), uint16(a.Port)).String(), "tcp"
	case *unix.SockaddrUnix:
		if a.Name == "" || a.Name[0] == '@' { // unnamed, or a name that the machine drew
			return "", "unix"
		}
		return a.Name, fileName(a.Name)
	}
	return "", "socket"
}
