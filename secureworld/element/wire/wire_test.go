package wire_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/wire"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// pair is two ends of a socket.
func pair(t *testing.T) (a, b net.Conn) {
	t.Helper()
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if a, err = net.Dial("unix", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if b, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

// framed is a frame as Write wants it.
func framed(t *testing.T, kind byte, body []byte) []byte {
	t.Helper()
	b := append(append(make([]byte, wire.Head), kind), body...)
	if err := wire.Frame(b); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFramesAreThoseOfPackageFrame(t *testing.T) {
	for name, two := range map[string]func(*testing.T) (net.Conn, net.Conn){
		"socket": pair,
		"pipe":   func(*testing.T) (net.Conn, net.Conn) { return net.Pipe() },
	} {
		t.Run(name, func(t *testing.T) {
			a, b := two(t)
			c := wire.New(b, frame.MaxBody)
			for _, n := range []int{0, 1, 100, 16<<10 - 4, 16 << 10, frame.MaxBody} {
				body := bytes.Repeat([]byte{byte(n) | 1}, n)
				go func() { _ = frame.Write(a, 7, body) }()
				if kind, got, err := c.Read(); err != nil || kind != 7 || !bytes.Equal(got, body) {
					t.Fatal(n, kind, len(got), err)
				}
				out := framed(t, 9, body)
				written := make(chan error, 1)
				go func() { written <- c.Write(out) }()
				if kind, got, err := frame.Read(a, frame.MaxBody); err != nil || kind != 9 || !bytes.Equal(got, body) {
					t.Fatal(n, kind, len(got), err)
				}
				if err := <-written; err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestFramesThatComeTogetherAreReadOneByOne(t *testing.T) {
	a, b := pair(t)
	c := wire.New(b, frame.MaxBody)
	var all []byte
	for i := range 100 {
		all = append(all, framed(t, byte(i), bytes.Repeat([]byte{byte(i)}, 37*i))...)
	}
	go func() {
		for len(all) > 0 { // in pieces that fit no frame
			n := min(len(all), 1009)
			if _, err := a.Write(all[:n]); err != nil {
				return
			}
			all = all[n:]
		}
	}()
	for i := range 100 {
		kind, body, err := c.Read()
		if err != nil || kind != byte(i) || !bytes.Equal(body, bytes.Repeat([]byte{byte(i)}, 37*i)) {
			t.Fatal(i, kind, len(body), err)
		}
	}
}

func TestWhatIsNoFrameIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		sent []byte
		want error
	}{
		"nothing":       {nil, io.EOF},
		"half a header": {[]byte{1, 2}, io.ErrUnexpectedEOF},
		"half a body":   {[]byte{1, 2, 0, 5, 1, 2}, io.ErrUnexpectedEOF},
		"a version":     {[]byte{2, 2, 0, 0}, frame.ErrVersion},
		"too long":      {[]byte{1, 2, 0, 101}, frame.ErrTooLong},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t)
			if _, err := a.Write(c.sent); err != nil {
				t.Fatal(err)
			}
			_ = a.Close()
			if _, _, err := wire.New(b, 100).Read(); !errors.Is(err, c.want) {
				t.Fatal(err)
			}
		})
	}
}

func TestADeadlineEndsWaiting(t *testing.T) {
	_, b := pair(t)
	c := wire.New(b, 100)
	_ = c.SetReadDeadline(time.Now().Add(-time.Second))
	var timeout net.Error
	if _, _, err := c.Read(); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Time{})
	go func() { _ = b.Close() }()
	if _, _, err := c.Read(); err == nil {
		t.Fatal("read from what was closed")
	}
}

func TestABodyOverTheLimitOfFramesIsNotFramed(t *testing.T) {
	if wire.Frame(make([]byte, wire.Head+1+frame.MaxBody+1)) == nil {
		t.Fatal("framed")
	}
}
