//go:build linux

package wire

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBothEndsOfAConnectionAreFoundWithTheirOwner(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	near, far := uint16(c.LocalAddr().(*net.TCPAddr).Port), uint16(l.Addr().(*net.TCPAddr).Port)
	own := Sockets(os.Getpid())
	all, err := TCPs()
	if err != nil {
		t.Fatal(err)
	}
	connected, listening := false, false
	for _, s := range all {
		if own[s.Inode] {
			connected = connected || s.Local == near && s.Remote == far
			listening = listening || s.Listening && s.Local == far
		}
	}
	if !connected || !listening {
		t.Errorf("connection seen: %v, listener: %v", connected, listening)
	}
}

func TestBothEndsOfAUnixSocketAreFound(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all, err := Unixes()
	if err != nil {
		t.Fatal(err)
	}
	own, pairs := Sockets(os.Getpid()), 0
	for _, u := range all {
		if own[u.Inode] && own[u.Peer] {
			pairs++
		}
	}
	if pairs < 2 {
		t.Errorf("%d ends of a connection that has two", pairs)
	}
}

func FuzzAnyAnswerIsReadOrRefused(f *testing.F) {
	f.Add(question())
	f.Fuzz(func(_ *testing.T, b []byte) {
		_, _, _ = parseUnix(b)
		_, _ = parseTCP(strings.NewReader(string(b)))
	})
}
