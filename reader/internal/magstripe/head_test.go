package magstripe

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// told are the swipes that a head tells: "good", "bad".
type told struct {
	mu     sync.Mutex
	swipes []string
	news   chan struct{}
}

func newTold() *told { return &told{news: make(chan struct{}, 100)} }

func (l *told) tell(s Swipe) {
	l.mu.Lock()
	defer l.mu.Unlock()
	word := "good"
	if s.Bad {
		word = "bad"
	}
	if s.Bad != (s.Stripe == nil) {
		word = "half"
	}
	if s.Stripe != nil {
		s.Stripe.Wipe()
	}
	l.swipes = append(l.swipes, word)
	l.news <- struct{}{}
}

func (l *told) all() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.swipes, " ")
}

const line = goodTrack1 + goodTrack2 + "\r"

func TestAHeadTellsGoodAndBadSwipes(t *testing.T) {
	for name, c := range map[string]struct{ sent, want string }{
		"one":                           {line, "good"},
		"ended by both":                 {line + "\n", "good"},
		"two in one piece":              {line + line, "good good"},
		"nothing but line ends":         {"\r\n\r\n", ""},
		"two glued":                     {goodTrack2 + line, "bad"},
		"two long ones glued":           {goodTrack1 + goodTrack2 + line, "bad"},
		"garbage and a good one":        {"\x00\xff%%%\r" + line, "bad good"},
		"endless garbage":               {strings.Repeat("%B476173", 1000) + "\r" + line, "bad good"},
		"exactly too long":              {strings.Repeat("7", maxSwipe+1) + "\r" + line, "bad good"},
		"exactly full":                  {strings.Repeat("7", maxSwipe) + "\r" + line, "bad good"},
		"half, then the head goes":      {line[:30], "bad"},
		"too long, then the head goes":  {strings.Repeat("7", 500), "bad"},
		"unreadable as heads report it": {"%E?;E?\r", "bad"},
		"without a line end":            {goodTrack2, "bad"},
	} {
		for _, piece := range []int{1, 7, 1 << 16} {
			if got := sentInPieces(t, c.sent, piece); got != c.want {
				t.Errorf("%s, %d at a time: %q", name, piece, got)
			}
		}
	}
}

func sentInPieces(t *testing.T, sent string, piece int) string {
	t.Helper()
	near, far := net.Pipe()
	l := newTold()
	var reading sync.WaitGroup
	reading.Go(func() { _ = Head{}.read(near, l.tell) })
	for rest := []byte(sent); len(rest) > 0; {
		n, err := far.Write(rest[:min(piece, len(rest))])
		if err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	_ = far.Close()
	reading.Wait()
	return l.all()
}

func TestASwipeHasTwoSecondsFromItsFirstByte(t *testing.T) {
	for name, c := range map[string]struct {
		pause time.Duration
		want  string
	}{
		"in time":              {swipeWithin - time.Millisecond, "good good"},
		"too slow":             {swipeWithin + time.Millisecond, "bad bad good"},
		"long before anything": {0, "good good"},
	} {
		synctest.Test(t, func(t *testing.T) {
			near, far := net.Pipe()
			l := newTold()
			var reading sync.WaitGroup
			reading.Go(func() { _ = Head{}.read(near, l.tell) })
			time.Sleep(time.Hour)
			_, _ = io.WriteString(far, line[:10])
			time.Sleep(c.pause)
			_, _ = io.WriteString(far, line[10:])
			time.Sleep(time.Hour)
			_, _ = io.WriteString(far, line)
			_ = far.Close()
			reading.Wait()
			if got := l.all(); got != c.want {
				t.Errorf("%s: %q", name, got)
			}
		})
	}
}

// TestTheClockStartsAnewForTheNextSwipe: whose first half came in one piece with
// the end of the one before.
func TestTheClockStartsAnewForTheNextSwipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		l := newTold()
		var reading sync.WaitGroup
		reading.Go(func() { _ = Head{}.read(near, l.tell) })
		_, _ = io.WriteString(far, line[:10])
		time.Sleep(swipeWithin - time.Millisecond)
		_, _ = io.WriteString(far, line[10:]+line[:10])
		time.Sleep(swipeWithin - time.Millisecond)
		_, _ = io.WriteString(far, line[10:])
		_ = far.Close()
		reading.Wait()
		if got := l.all(); got != "good good" {
			t.Error(got)
		}
	})
}

func TestTheRoomIsClearedBehindEachSwipe(t *testing.T) {
	var r room
	r.n = copy(r.buf[:], line+";47")
	Head{}.drain(&r, newTold().tell)
	if r.n != 3 || !bytes.Equal(r.buf[r.n:], make([]byte, len(r.buf)-r.n)) {
		t.Error("a swipe is still in the room")
	}
}

// watched runs Watch until the test ends and returns its end.
func watched(t *testing.T, path string) (*told, func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l, ended := newTold(), make(chan error, 1)
	go func() { ended <- Head{}.Watch(ctx, path, l.tell) }()
	stop := sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() { _ = stop() })
	return l, stop
}

func dialHead(t *testing.T, path string) net.Conn {
	t.Helper()
	for {
		var d net.Dialer
		c, err := d.DialContext(t.Context(), "unix", path)
		if err == nil {
			t.Cleanup(func() { _ = c.Close() })
			return c
		}
		if t.Context().Err() != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestASocketTakesOneHeadAfterTheOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stripe.sock")
	l, stop := watched(t, path)
	for _, sent := range []string{line, line[:20], line + line} {
		c := dialHead(t, path)
		_, _ = io.WriteString(c, sent)
		_ = c.Close()
	}
	for range 4 {
		<-l.news
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := stop(); err != nil || l.all() != "good bad good good" {
		t.Errorf("%v, %s", err, l.all())
	}
}

func TestAnEndedWatchLeavesAHeadThatIsConnected(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stripe.sock")
	l, stop := watched(t, path)
	c := dialHead(t, path)
	_, _ = io.WriteString(c, line)
	<-l.news
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestAFIFOOutlivesItsWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stripe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	l, stop := watched(t, path)
	for range 2 {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = f.WriteString(line)
		_ = f.Close()
		<-l.news
	}
	if err := stop(); err != nil || l.all() != "good good" {
		t.Errorf("%v, %s", err, l.all())
	}
}

func TestWhatIsNeitherDeviceNorSocketIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (Head{}).Watch(t.Context(), path, func(Swipe) { t.Error("a swipe from a file") }); err == nil {
		t.Error("a file was taken for a head")
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != line {
		t.Error("the file was touched")
	}
}

func FuzzHead(f *testing.F) {
	f.Add([]byte(line+line), 7)
	f.Add([]byte("\r\n%"), 1)
	f.Fuzz(func(t *testing.T, sent []byte, piece int) {
		var r room
		lines, swipes := bytes.Count(sent, []byte("\r"))+bytes.Count(sent, []byte("\n"))+1, 0
		piece = max(1, min(piece, len(sent)))
		for rest := sent; len(rest) > 0; {
			n := copy(r.buf[r.n:], rest[:min(piece, len(rest))])
			rest = rest[n:]
			r.n += n
			Head{}.drain(&r, func(s Swipe) {
				swipes++
				if s.Stripe != nil {
					s.Stripe.Wipe()
				}
			})
			if r.n >= len(r.buf) {
				t.Fatal("the room is full")
			}
		}
		if swipes > lines {
			t.Fatalf("%d swipes out of %d lines", swipes, lines)
		}
	})
}
