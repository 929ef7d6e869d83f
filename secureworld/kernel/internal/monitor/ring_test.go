//go:build linux

package monitor

import (
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox/ring"
)

// overEveryCarrier runs a test over all that can carry a session: what is refused on
// one is refused on all.
func overEveryCarrier(t *testing.T, f func(t *testing.T, g *gate, app net.Conn)) {
	t.Run("pipe", func(t *testing.T) { in(t, f) })
	for name, shared := range map[string]bool{"socket": false, "ring": true} {
		t.Run(name, func(t *testing.T) {
			g := newGate(t)
			app, ended := g.offered(shared)
			f(t, g, ordered{app, &g.core.order})
			_ = app.Close()
			<-ended
		})
	}
}

// ordered tells the race detector what it cannot see: that what is done before a
// question is written comes before the gate reads it, and so with the answer.
type ordered struct {
	net.Conn
	order *sync.Mutex
}

func (o ordered) Write(b []byte) (int, error) {
	o.order.Lock()
	o.order.Unlock() //nolint:staticcheck // for its order alone
	return o.Conn.Write(b)
}

func (o ordered) Read(b []byte) (int, error) {
	n, err := o.Conn.Read(b)
	o.order.Lock()
	o.order.Unlock() //nolint:staticcheck // likewise
	return n, err
}

// offered begins a session on a socket, over to shared memory where that is wanted.
func (g *gate) offered(shared bool) (net.Conn, chan error) {
	g.t.Helper()
	near, far := sockets(g.t)
	ended := make(chan error, 1)
	if !shared {
		go func() { ended <- g.Serve(g.t.Context(), far, measured) }()
	} else {
		memory, err := ring.Make()
		if err != nil {
			g.t.Fatal(err)
		}
		go func() { ended <- g.Serve(g.t.Context(), ring.NewOffer(far, memory), measured) }()
	}
	app, is, err := mailbox.Upgrade(near, time.Minute)
	if err != nil || is != shared {
		g.t.Fatalf("shared %v, %v", is, err)
	}
	return app, ended
}

func sockets(t *testing.T) (a, b *net.UnixConn) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	var ends [2]*net.UnixConn
	for i, fd := range fds {
		f := os.NewFile(uintptr(fd), "socket")
		c, err := net.FileConn(f)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		ends[i] = c.(*net.UnixConn)
		t.Cleanup(func() { c.Close() })
	}
	return ends[0], ends[1]
}

func TestASecondRingIsNotGivenAndTheSessionGoesOn(t *testing.T) {
	g := newGate(t)
	app, ended := g.offered(true)
	if err := frame.Write(app, mailbox.KindOpenRing, nil); err != nil {
		t.Fatal(err)
	}
	var r mailbox.Ring
	if kind, body, err := frame.Read(app, mailbox.MaxBody); err != nil || kind != mailbox.KindRing || frame.Parse(body, &r) != nil || r != (mailbox.Ring{}) {
		t.Errorf("%02x %+v, %v", kind, r, err)
	}
	if err := mailbox.NewClient(app).Ping(1); err != nil {
		t.Error(err)
	}
	_ = app.Close()
	<-ended
}

func TestMemoryThatIsNoRingIsNotGivenAndTheSocketGoesOn(t *testing.T) {
	g := newGate(t)
	near, far := sockets(t)
	fd, err := unix.MemfdCreate("unsealed", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- g.Serve(t.Context(), ring.NewOffer(far, os.NewFile(uintptr(fd), "unsealed")), measured)
	}()
	app, shared, err := mailbox.Upgrade(near, time.Minute)
	if err != nil || shared {
		t.Fatalf("%v, %v", shared, err)
	}
	if err := mailbox.NewClient(app).Ping(1); err != nil {
		t.Error(err)
	}
	_ = app.Close()
	<-ended
}

// A05, A13: over shared memory, too.
func TestAFrameThatIsNotOneEndsTheSessionInSharedMemory(t *testing.T) {
	for name, b := range map[string][]byte{
		"over the limit": {frame.Version, mailbox.KindPing, 0xff, 0xff}, "another version": {9, mailbox.KindPing, 0, 0},
	} {
		g := newGate(t)
		bad, ended := g.offered(true)
		good, goodEnded := g.offered(true)
		if _, err := bad.Write(b); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err == nil || g.Refused() != 1 {
			t.Errorf("%s: %v, counted %d", name, err, g.Refused())
		}
		if err := mailbox.NewClient(good).Ping(1); err != nil {
			t.Errorf("%s: the other session: %v", name, err)
		}
		_ = good.Close()
		<-goodEnded
	}
}

// hostile is the app world's end of a session, in raw memory.
type hostile struct {
	memory []byte
	socket *net.UnixConn
	ended  chan error
}

func (g *gate) hostile() hostile {
	g.t.Helper()
	near, far := sockets(g.t)
	memory, err := ring.Make()
	if err != nil {
		g.t.Fatal(err)
	}
	h := hostile{socket: near, ended: make(chan error, 1)}
	go func() { h.ended <- g.Serve(g.t.Context(), ring.NewOffer(far, memory), measured) }()
	_, got, err := ring.Ask(near, []byte{frame.Version, mailbox.KindOpenRing, 0, 0}, 64)
	if err != nil || got == nil {
		g.t.Fatal(err)
	}
	defer got.Close()
	if h.memory, err = unix.Mmap(int(got.Fd()), 0, ring.Size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { _ = unix.Munmap(h.memory) })
	return h
}

// wakeAll rings the gate's bell.
func wakeAll(memory []byte) {
	const wake = 1 // FUTEX_WAKE
	_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&memory[0x80])), wake, 1, 0, 0, 0)
}

// scribble writes anything anywhere until it has written so often or the session has
// ended.
func (h hostile) scribble(random *rand.Rand, times int) (ended bool) {
	places := []int{0x80, 0x84, 0x100, 0x104, 0x180, 0x184, 0x200, 0x204} // the numbers and who waits
	for range times {
		select {
		case <-h.ended:
			return true
		default:
		}
		switch random.IntN(5) {
		case 4:
			wakeAll(h.memory)
		case 0: // a number
			at := places[random.IntN(len(places))]
			for i := range 4 {
				h.memory[at+i] = byte(random.Uint32N(256) >> (8 * random.UintN(2))) //nolint:gosec // a byte
			}
		case 1: // a question that grows by some bytes
			h.memory[0x80+random.IntN(2)] += byte(random.UintN(16))
		case 2: // the start of a frame
			copy(h.memory[0x1000+random.IntN(64):], []byte{frame.Version, byte(random.UintN(256)), 0, byte(random.UintN(64))})
		default:
			h.memory[random.IntN(len(h.memory))] = byte(random.UintN(256))
		}
	}
	return false
}

// The gate stays whole whatever is written into the memory while it works there, and
// the session beside it is served throughout.
func TestAHostileWriterInTheMemoryHurtsItsOwnSessionAlone(t *testing.T) {
	g := newGate(t)
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // repeatable
	good, goodEnded := g.offered(true)
	app := mailbox.NewClient(good)
	ended := 0
	for range 200 {
		h := g.hostile()
		if h.scribble(random, 2_000) {
			ended++
		} else {
			_ = h.socket.Close()
			<-h.ended
		}
		if err := app.Ping(1); err != nil {
			t.Fatalf("the other session: %v", err)
		}
	}
	if ended == 0 || g.Refused() == 0 {
		t.Errorf("%d sessions ended, %d counted: nothing was hit", ended, g.Refused())
	}
	t.Logf("%d of 200 sessions ended by what was written, %d counted", ended, g.Refused())
	_ = good.Close()
	<-goodEnded
}

// The control of the test above: the same raw memory, written as it should be.
func TestARawWriterThatKeepsToTheLayoutIsServed(t *testing.T) {
	g := newGate(t)
	h := g.hostile()
	q := []byte{frame.Version, mailbox.KindPing, 0, 8, 0, 0, 0, 0, 0, 0, 0, 42}
	copy(h.memory[0x1000:], q)
	h.memory[0x80] = byte(len(q))
	for h.memory[0x180] == 0 { // the answer's bytes, of fewer than 256
		time.Sleep(time.Millisecond)
		wakeAll(h.memory)
	}
	if got := h.memory[0x5000 : 0x5000+len(q)]; got[1] != mailbox.KindPong || got[11] != 42 || g.Refused() != 0 {
		t.Errorf("% x, %d refused", got, g.Refused())
	}
	_ = h.socket.Close()
	<-h.ended
}
