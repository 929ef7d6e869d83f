//go:build linux

package ring

import (
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/estate/estatetest"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox/ring"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/tests/internal/secureside"
)

func TestMain(m *testing.M) {
	code := m.Run()
	estatetest.Remove()
	os.Exit(code)
}

// start brings up a secure world alone, or returns nil where this machine cannot.
func start(t *testing.T) *secureside.SecureWorld {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Log("LEFT OUT: only root can give the kernel a user of its own")
		return nil
	}
	programs := estatetest.Programs(t)
	if programs == "" {
		return nil
	}
	dir, err := os.MkdirTemp("", "strongroom-ring-") // not t.TempDir: others must be able to pass through it
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	_, err = ceremony.Hold(dir, time.Now())
	must(t, err)
	w, err := secureside.Start(t.Context(), secureside.Config{Bin: programs, Dir: dir, Host: "127.0.0.1:1", AppWorld: []string{"/proc/self/exe"}})
	must(t, err)
	t.Cleanup(w.Stop)
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func dial(t *testing.T, w *secureside.SecureWorld) *net.UnixConn {
	t.Helper()
	var d net.Dialer
	c, err := d.DialContext(context.WithoutCancel(t.Context()), "unix", w.Mailbox)
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c.(*net.UnixConn)
}

func shared(t *testing.T, w *secureside.SecureWorld) *mailbox.Client {
	t.Helper()
	c, is, err := mailbox.Upgrade(dial(t, w), time.Minute)
	must(t, err)
	if !is {
		t.Fatal("no memory was given")
	}
	client := mailbox.NewClient(c)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func refused(t *testing.T, c *mailbox.Client) payment.Count {
	t.Helper()
	d, err := c.Describe()
	must(t, err)
	return d.FramesRefused
}

// spent is the processor time that a process has used.
func spent(t *testing.T, pid int) time.Duration {
	t.Helper()
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	must(t, err)
	_, after, _ := strings.Cut(string(b), ") ")
	fields := strings.Fields(after)
	var ticks int
	for _, f := range fields[11:13] { // utime and stime, of 10 ms each
		n, err := strconv.Atoi(f)
		must(t, err)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

func TestSessionsInSharedMemoryOverARealKernel(t *testing.T) {
	w := start(t)
	if w == nil {
		return
	}
	plain := mailbox.NewClient(dial(t, w))
	t.Run("the same answers as on a socket", func(t *testing.T) { sameAnswers(t, plain, shared(t, w)) })
	t.Run("the memory is sealed", func(t *testing.T) { sealed(t, w) })
	t.Run("a peer that breaks it loses its own session", func(t *testing.T) { broken(t, w, plain) })
	t.Run("waiting burns no processor", func(t *testing.T) { idle(t, w) })
}

func sameAnswers(t *testing.T, plain, shared *mailbox.Client) {
	a, err := plain.Describe()
	must(t, err)
	b, err := shared.Describe()
	must(t, err)
	if a.KernelDigest != b.KernelDigest || !b.AppMeasured || a.AppDigest != b.AppDigest {
		t.Error("another description")
	}
	for n := range 2000 {
		must(t, shared.Ping(payment.Count(n)))
	}
	bad := mailbox.Start{Type: payment.TypeSale, Currency: payment.EUR}
	var onSocket, inMemory *mailbox.RefusedError
	_, err = plain.Start(bad)
	_, err2 := shared.Start(bad)
	if !errors.As(err, &onSocket) || !errors.As(err2, &inMemory) || *onSocket != *inMemory {
		t.Errorf("%v, %v", err, err2)
	}
	e, err := shared.Events(0, 0)
	must(t, err)
	began := time.Now()
	if _, err := shared.Events(e.Number, 300); err != nil || time.Since(began) < 300*time.Millisecond {
		t.Errorf("did not wait: %v", err)
	}
}

// ask is the app world's end with the memory file in hand.
func ask(t *testing.T, w *secureside.SecureWorld) (*net.UnixConn, *os.File) {
	t.Helper()
	socket := dial(t, w)
	_, memory, err := ring.Ask(socket, []byte{frame.Version, mailbox.KindOpenRing, 0, 0}, 64)
	if err != nil || memory == nil {
		t.Fatalf("no memory was given: %v", err)
	}
	t.Cleanup(func() { _ = memory.Close() })
	return socket, memory
}

func sealed(t *testing.T, w *secureside.SecureWorld) {
	_, memory := ask(t, w)
	seals, err := unix.FcntlInt(memory.Fd(), unix.F_GET_SEALS, 0)
	const want = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL
	if err != nil || seals&want != want {
		t.Errorf("seals %x, %v", seals, err)
	}
	if memory.Truncate(0) == nil || memory.Truncate(ring.Size*2) == nil {
		t.Error("its size could be changed")
	}
	_, other := ask(t, w)
	a, err := memory.Stat()
	must(t, err)
	b, err := other.Stat()
	must(t, err)
	if os.SameFile(a, b) {
		t.Error("two sessions share one memory")
	}
}

// broken writes what no orderly peer writes; the control is the session beside it.
func broken(t *testing.T, w *secureside.SecureWorld, plain *mailbox.Client) {
	beside := shared(t, w)
	for name, do := range map[string]func(memory []byte, socket *net.UnixConn) error{
		"more was written than fits": func(m []byte, _ *net.UnixConn) error { m[0x83] = 1; return bell(m) },
		"no frame":                   func(m []byte, _ *net.UnixConn) error { m[0x1000], m[0x80] = 9, 4; return bell(m) },
		"a byte on the socket":       func(_ []byte, s *net.UnixConn) error { _, err := s.Write([]byte{1}); return err },
		"bells without end": func(m []byte, _ *net.UnixConn) error {
			for range 2_000 {
				if err := bell(m); err != nil {
					return err
				}
				time.Sleep(100 * time.Microsecond) // it looks for a while before it sleeps again
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := refused(t, plain)
			socket, file := ask(t, w)
			memory, err := unix.Mmap(int(file.Fd()), 0, ring.Size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
			must(t, err)
			defer func() { _ = unix.Munmap(memory) }()
			must(t, do(memory, socket))
			must(t, socket.SetReadDeadline(time.Now().Add(time.Minute)))
			if n, err := socket.Read(make([]byte, 1)); n != 0 || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("the session goes on: %v", err)
			}
			must(t, beside.Ping(1))
			if now := refused(t, plain); now <= before {
				t.Errorf("%d refused before, %d now", before, now)
			}
		})
	}
}

// idle holds sessions open, one of them waiting for an event.
func idle(t *testing.T, w *secureside.SecureWorld) {
	waiting, silent := shared(t, w), shared(t, w)
	must(t, silent.Ping(1))
	e, err := waiting.Events(0, 0)
	must(t, err)
	const long = mailbox.FrameDeadline + time.Second // it holds for the frame that led here, no longer
	kernel, own := spent(t, w.KernelPID), spent(t, os.Getpid())
	_, err = waiting.Events(e.Number, uint16(long.Milliseconds()))
	must(t, err)
	must(t, silent.Ping(2))
	for who, used := range map[string]time.Duration{"kernel": spent(t, w.KernelPID) - kernel, "app world": spent(t, os.Getpid()) - own} {
		if used > long/4 {
			t.Errorf("%s used %v of processor time in %v of waiting", who, used, long)
		}
	}
}
