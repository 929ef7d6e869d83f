//go:build linux

// Package wire sees who is connected to whom on this machine: TCP by /proc/net/tcp,
// Unix sockets by sock_diag(7), and who owns a socket by /proc/PID/fd. It is how the
// data flow of the scope evidence is observed and not only drawn.
//
// Only the scope evidence imports it. It reads no byte that passes.
package wire

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// TCP is a socket of an IPv4 connection, by the ports of its ends.
type TCP struct {
	Local, Remote uint16
	Listening     bool
	Inode         uint64
}

// TCPs are this network namespace's.
func TCPs() ([]TCP, error) {
	f, err := os.Open("/proc/net/tcp")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parseTCP(f)
}

// parseTCP reads the table of proc(5). A line that is none is left out.
func parseTCP(r io.Reader) (out []TCP, err error) {
	const local, remote, state, inode, listening = 1, 2, 3, 9, "0A"
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) <= inode {
			continue
		}
		from, ok := port(f[local])
		to, also := port(f[remote])
		n, err := strconv.ParseUint(f[inode], 10, 64)
		if ok && also && err == nil {
			out = append(out, TCP{from, to, f[state] == listening, n})
		}
	}
	return out, lines.Err()
}

// port of an address in hexadecimal, such as 0100007F:20E4.
func port(address string) (uint16, bool) {
	_, text, ok := strings.Cut(address, ":")
	n, err := strconv.ParseUint(text, 16, 16)
	return uint16(n), ok && err == nil
}

// Sockets are the inodes of a process's sockets. One that ends meanwhile has none.
func Sockets(pid int) map[uint64]bool {
	out := map[uint64]bool{}
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return out
	}
	for _, e := range entries {
		target, err := os.Readlink(filepath.Join(dir, e.Name()))
		if err != nil {
			continue
		}
		text, ok := strings.CutPrefix(target, "socket:[")
		if n, err := strconv.ParseUint(strings.TrimSuffix(text, "]"), 10, 64); ok && err == nil {
			out[n] = true
		}
	}
	return out
}
