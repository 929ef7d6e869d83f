package relay

import (
	"io"
	"net"
	"testing"
	"time"
)

// line is a relay before an echo.
func line(t *testing.T) *Relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c); _ = c.Close() }()
		}
	}()
	r, err := New(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func connect(t *testing.T, r *Relay) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", r.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// echoed asks over the line and waits for the answer.
func echoed(c net.Conn, within time.Duration) bool {
	if _, err := c.Write([]byte{7}); err != nil {
		return false
	}
	_ = c.SetReadDeadline(time.Now().Add(within))
	var b [1]byte
	_, err := io.ReadFull(c, b[:])
	return err == nil && b[0] == 7
}

const long, short = 5 * time.Second, 100 * time.Millisecond

func TestAnOpenLinePassesBothWays(t *testing.T) {
	if r := line(t); !echoed(connect(t, r), long) {
		t.Error("nothing came back")
	}
}

func TestACutEndsConnectionsAndRefusesNewOnes(t *testing.T) {
	r := line(t)
	c := connect(t, r)
	if !echoed(c, long) {
		t.Fatal("the control failed")
	}
	r.Set(Cut, 0)
	if echoed(c, short) || echoed(connect(t, r), short) {
		t.Error("something passed")
	}
	r.Set(Open, 0)
	if !echoed(connect(t, r), long) {
		t.Error("the line was not healed")
	}
}

func TestAHeldLineKeepsWhatWasSent(t *testing.T) {
	r := line(t)
	c := connect(t, r)
	if !echoed(c, long) {
		t.Fatal("the control failed")
	}
	r.Set(Held, 0)
	if echoed(c, short) {
		t.Error("something passed")
	}
	r.Set(Open, 0)
	_ = c.SetReadDeadline(time.Now().Add(long))
	var b [1]byte
	if _, err := io.ReadFull(c, b[:]); err != nil {
		t.Errorf("what was sent meanwhile is lost: %v", err)
	}
}

func TestASlowLineIsLate(t *testing.T) {
	r := line(t)
	c := connect(t, r)
	r.Set(Open, short)
	began := time.Now()
	if !echoed(c, long) || time.Since(began) < 2*short {
		t.Errorf("there and back in %s", time.Since(began))
	}
}

func TestAHeldLineCanBeClosed(t *testing.T) {
	r := line(t)
	c := connect(t, r)
	if !echoed(c, long) {
		t.Fatal("the control failed")
	}
	r.Set(Held, 0)
	_, _ = c.Write([]byte{7})
	r.Close() // returns
}
