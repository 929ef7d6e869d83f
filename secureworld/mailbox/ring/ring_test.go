//go:build linux

package ring

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func sockets(t testing.TB) (a, b *net.UnixConn) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	must(t, err)
	var ends [2]*net.UnixConn
	for i, fd := range fds {
		f := os.NewFile(uintptr(fd), "socket")
		c, err := net.FileConn(f)
		must(t, errors.Join(err, f.Close()))
		ends[i] = c.(*net.UnixConn)
		t.Cleanup(func() { c.Close() })
	}
	return ends[0], ends[1]
}

// pair is a session: the app world's end, and the kernel's.
func pair(t testing.TB) (app, kernel *Conn) {
	t.Helper()
	near, far := sockets(t)
	memory, err := Make()
	must(t, err)
	mapped, err := NewOffer(far, memory).Map()
	must(t, err)
	kernel, err = mapped.Give([]byte("yours"))
	must(t, err)
	answer, got, err := Ask(near, nil, 64)
	if err != nil || string(answer) != "yours" || got == nil {
		t.Fatalf("%q, %v, %v", answer, got, err)
	}
	app, err = Join(near, got)
	must(t, err)
	t.Cleanup(func() { app.Close(); kernel.Close() })
	return app, kernel
}

func echo(c *Conn) error {
	b := make([]byte, 12)
	for {
		if _, err := io.ReadFull(c, b); err != nil {
			return err
		}
		if _, err := c.Write(b); err != nil {
			return err
		}
	}
}

func TestBytesComeThroughInOrderAroundTheRingManyTimes(t *testing.T) {
	app, kernel := pair(t)
	sent := bytes.Repeat([]byte("0123456789abcdefg"), 20_000)
	go func() {
		for rest := sent; len(rest) > 0; rest = rest[min(len(rest), 5_000):] {
			if _, err := app.Write(rest[:min(len(rest), 5_000)]); err != nil {
				return
			}
		}
		_ = app.CloseWrite()
	}()
	got, err := io.ReadAll(kernel)
	if err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d of %d bytes, %v", len(got), len(sent), err)
	}
	if _, err := kernel.Write([]byte("still")); err != nil { // the other direction goes on
		t.Error(err)
	}
	must(t, kernel.Close())
	if got, err := io.ReadAll(app); err != nil || string(got) != "still" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAWriteOfMoreThanFitsWaitsForItsReader(t *testing.T) {
	app, kernel := pair(t)
	sent := bytes.Repeat([]byte{7}, 3*capacity+1)
	done := make(chan error, 1)
	go func() { _, err := app.Write(sent); done <- err }()
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(kernel, got); err != nil || !bytes.Equal(got, sent) {
		t.Error(err)
	}
	must(t, <-done)
}

func TestTheMemoryIsSealedAndNothingElseIsMapped(t *testing.T) {
	memory, err := Make()
	must(t, err)
	defer memory.Close()
	for name, f := range map[string]func() error{
		"shrink":         func() error { return memory.Truncate(Size - 1) },
		"grow":           func() error { return memory.Truncate(Size + 1) },
		"seal once more": func() error { _, err := unix.FcntlInt(memory.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_WRITE); return err },
	} {
		if f() == nil {
			t.Errorf("%s: permitted", name)
		}
	}
	b, err := attach(memory) // twin
	must(t, err)
	must(t, unix.Munmap(b))
	for name, c := range map[string]struct {
		size  int64
		seals int
	}{"unsealed": {Size, 0}, "may shrink": {Size, unix.F_SEAL_GROW | unix.F_SEAL_SEAL}, "too small": {Size - 4096, seals}, "too large": {Size + 4096, seals}} {
		fd, err := unix.MemfdCreate("test", unix.MFD_ALLOW_SEALING|unix.MFD_CLOEXEC)
		must(t, err)
		f := os.NewFile(uintptr(fd), "test")
		must(t, f.Truncate(c.size))
		_, err = unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, c.seals)
		must(t, err)
		if _, err := attach(f); err == nil {
			t.Errorf("%s: mapped", name)
		}
		must(t, f.Close())
	}
	ordinary, err := os.Create(t.TempDir() + "/f")
	must(t, err)
	defer ordinary.Close()
	must(t, ordinary.Truncate(Size))
	if _, err := attach(ordinary); err == nil {
		t.Error("an ordinary file was mapped")
	}
}

func TestDeadlinesEndWhatWaitsAlready(t *testing.T) {
	app, _ := pair(t)
	for name, f := range map[string]func() error{
		"read":  func() error { _, err := app.Read(make([]byte, 1)); return err },
		"write": func() error { _, err := app.Write(make([]byte, capacity+1)); return err },
	} {
		done := make(chan error, 1)
		go func() { done <- f() }()
		time.Sleep(5 * time.Millisecond) // it sleeps by now, most of the time
		must(t, app.SetDeadline(time.Now()))
		if err := <-done; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
		if err := f(); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s after the deadline: %v", name, err)
		}
		must(t, app.SetDeadline(time.Time{}))
	}
	must(t, app.SetReadDeadline(time.Now().Add(time.Millisecond)))
	if _, err := app.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
}

func TestEveryEndEndsWhatWaits(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(app, kernel *Conn) error
		want error
	}{
		"its own":                   {func(_, kernel *Conn) error { return kernel.Close() }, net.ErrClosed},
		"its socket, closed here":   {func(_, kernel *Conn) error { return kernel.life.Close() }, net.ErrClosed},
		"the peer's":                {func(app, _ *Conn) error { return app.Close() }, io.EOF},
		"the peer's half":           {func(app, _ *Conn) error { return app.CloseWrite() }, io.EOF},
		"a byte on the socket":      {func(app, _ *Conn) error { _, err := app.life.Write([]byte{1}); return err }, ErrPeer},
		"a peer that died (socket)": {func(app, _ *Conn) error { return app.life.Close() }, io.EOF},
	} {
		t.Run(name, func(t *testing.T) {
			for range 50 {
				app, kernel := pair(t)
				done := make(chan error, 1)
				go func() { _, err := kernel.Read(make([]byte, 1)); done <- err }()
				must(t, c.end(app, kernel))
				if err := <-done; !errors.Is(err, c.want) {
					t.Fatal(err)
				}
				app.Close()
				kernel.Close()
				if _, err := kernel.Read(make([]byte, 1)); err == nil {
					t.Fatal("read after the end")
				}
			}
		})
	}
}

func TestAKernelThatDiedEndsTheAppWorldsWrites(t *testing.T) {
	app, kernel := pair(t)
	done := make(chan error, 1)
	go func() { _, err := app.Write(make([]byte, 2*capacity)); done <- err }()
	must(t, kernel.Close())
	if err := <-done; err == nil {
		t.Error("written to nobody")
	}
}

func BenchmarkRoundTrip(b *testing.B) {
	app, kernel := pair(b)
	go func() { _ = echo(kernel) }()
	m := make([]byte, 12)
	for b.Loop() {
		if _, err := app.Write(m); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(app, m); err != nil {
			b.Fatal(err)
		}
	}
}
