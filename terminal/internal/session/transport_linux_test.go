package session

import (
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox/ring"
)

// answering serves sessions: begin answers the first question, and returns what the
// session goes on with, where pings are answered.
func answering(l net.Listener, begin func(*net.UnixConn) net.Conn) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			next := begin(c.(*net.UnixConn))
			for next != nil {
				kind, body, err := frame.Read(next, mailbox.MaxBody)
				if err != nil || frame.Write(next, kind|0x80, body) != nil {
					_ = next.Close() // its peer has gone
					return
				}
			}
		}()
	}
}

func asked(c net.Conn) bool {
	kind, _, err := frame.Read(c, mailbox.MaxBody)
	return err == nil && kind == mailbox.KindOpenRing
}

func given(t *testing.T, memory func() *os.File) func(*net.UnixConn) net.Conn {
	return func(c *net.UnixConn) net.Conn {
		if !asked(c) {
			return c // the second attempt, on the socket
		}
		m, err := ring.NewOffer(c, memory()).Map()
		if err != nil {
			return wrong(t, c)
		}
		next, err := m.Give([]byte{frame.Version, mailbox.KindRing, 0, 5, 1, 0, 0, 0x90, 0})
		if err != nil {
			return nil
		}
		return next
	}
}

// wrong gives memory that is no ring.
func wrong(t *testing.T, c *net.UnixConn) net.Conn {
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		return nil
	}
	defer f.Close()
	_, _, _ = c.WriteMsgUnix([]byte{frame.Version, mailbox.KindRing, 0, 5, 1, 0, 0, 0x90, 0}, unix.UnixRights(int(f.Fd())), nil)
	return nil
}

func TestSharedMemoryIsPreferredAndWhyNotIsTold(t *testing.T) {
	refuse := func(kind byte, message any) func(*net.UnixConn) net.Conn {
		return func(c *net.UnixConn) net.Conn {
			if asked(c) && frame.Send(c, kind, message) != nil {
				return nil
			}
			return c
		}
	}
	for name, c := range map[string]struct {
		begin func(*net.UnixConn) net.Conn
		want  Transport
	}{
		"given":              {given(t, func() *os.File { f, _ := ring.Make(); return f }), Transport{true, ReasonNone}},
		"not given":          {refuse(mailbox.KindRing, mailbox.Ring{}), Transport{false, ReasonNotOffered}},
		"question not known": {refuse(mailbox.KindRefused, mailbox.Refused{Code: mailbox.CodeUnknownKind}), Transport{false, ReasonNotOffered}},
	} {
		t.Run(name, func(t *testing.T) {
			l, cfg := listener(t, "unix")
			go answering(l, c.begin)
			p := preferred(t, cfg)
			s, err := Open(t.Context(), p.Dial, 0)
			must(t, err)
			if err := s.Ping(7); err != nil || p.Transport() != c.want {
				t.Errorf("%+v, %v", p.Transport(), err)
			}
			must(t, s.Close())
			<-s.Ended()
		})
	}
}

func TestMemoryThatCannotBeUsedLeadsBackToTheSocket(t *testing.T) {
	l, cfg := listener(t, "unix")
	var second atomic.Bool
	go answering(l, func(c *net.UnixConn) net.Conn {
		if !second.Swap(true) {
			if !asked(c) {
				return nil
			}
			return wrong(t, c)
		}
		return c
	})
	p := preferred(t, cfg)
	s, err := Open(t.Context(), p.Dial, 0)
	must(t, err)
	if err := s.Ping(7); err != nil || p.Transport() != (Transport{false, ReasonUnusable}) {
		t.Errorf("%+v, %v", p.Transport(), err)
	}
	must(t, s.Close())
}

func TestARefusalForLackOfRoomIsNoReasonToStayOnTheSocket(t *testing.T) {
	l, cfg := listener(t, "unix")
	go answering(l, func(c *net.UnixConn) net.Conn {
		_ = frame.Send(c, mailbox.KindRefused, mailbox.Refused{Code: mailbox.CodeTooManySessions})
		return nil
	})
	if _, err := preferred(t, cfg).Dial(t.Context()); err == nil {
		t.Error("connected")
	}
}

func TestASessionOfAnotherMachineStaysOnItsSocket(t *testing.T) {
	l, cfg := listener(t, "tcp")
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 1)) // shakes hands
			_ = c.Close()
		}
	}()
	p := preferred(t, cfg)
	c, err := p.Dial(t.Context())
	must(t, err)
	_ = c.Close()
	if p.Transport() != (Transport{false, ReasonRemote}) {
		t.Errorf("%+v", p.Transport())
	}
}

func preferred(t *testing.T, cfg Config) *Preferred {
	t.Helper()
	dial, err := Dialer(cfg)
	must(t, err)
	return Prefer(dial)
}

// As on a socket: the other side may read a Start that this side has given up.
func TestASessionInSharedMemoryEndsOnlyWhenTheOtherSideIsThroughWithIt(t *testing.T) {
	l, cfg := listener(t, "unix")
	read, goOn := make(chan byte, 1), make(chan struct{})
	go answering(l, func(c *net.UnixConn) net.Conn {
		next := given(t, func() *os.File { f, _ := ring.Make(); return f })(c)
		<-goOn
		kind, _, err := frame.Read(next, mailbox.MaxBody)
		if err == nil {
			read <- kind
		}
		_ = next.Close() // through with it
		return nil
	})
	p := preferred(t, cfg)
	s, err := Open(t.Context(), p.Dial, 0)
	must(t, err)
	if !p.Transport().Ring {
		t.Fatal("not in shared memory")
	}
	failed := make(chan error, 1)
	go func() { _, err := s.Start(start()); failed <- err }()
	time.Sleep(50 * time.Millisecond)
	must(t, s.Close())
	if err := <-failed; err == nil {
		t.Fatal("the call did not fail")
	}
	select {
	case <-s.Ended():
		t.Fatal("ended while the start lay unread")
	case <-time.After(100 * time.Millisecond):
	}
	close(goOn)
	if kind := <-read; kind != mailbox.KindStart {
		t.Fatal("the start did not arrive after all")
	}
	<-s.Ended()
}
