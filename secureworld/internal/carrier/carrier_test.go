package carrier

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pair makes two connected stream sockets.
func pair(t *testing.T) (a, b *net.UnixConn) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ends := [2]*net.UnixConn{}
	for i, fd := range fds {
		f := os.NewFile(uintptr(fd), "end")
		conn, err := net.FileConn(f)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		ends[i] = conn.(*net.UnixConn)
		t.Cleanup(func() { _ = conn.Close() })
	}
	return ends[0], ends[1]
}

// door is both ends of a port; what is carried comes out of inside.
type door struct {
	outside *Mux
	inside  chan *net.UnixConn
	opened  chan string
}

func openDoor(t *testing.T) *door {
	t.Helper()
	a, b := pair(t)
	d := &door{Outside(a), make(chan *net.UnixConn, maxConnections), make(chan string, maxConnections)}
	in := Inside(b, func(opening []byte) (Conn, error) {
		if string(opening) == "refuse" {
			return nil, io.ErrClosedPipe
		}
		ours, theirs := pair(t)
		d.opened <- string(opening)
		d.inside <- theirs
		return ours, nil
	})
	go func() { _ = d.outside.Run() }()
	go func() { _ = in.Run() }()
	return d
}

func (d *door) connect(t *testing.T, opening string) (far, near *net.UnixConn) {
	t.Helper()
	far, ours := pair(t)
	if err := d.outside.Carry([]byte(opening), ours); err != nil {
		t.Fatal(err)
	}
	return far, <-d.inside
}

func TestEverythingArrivesWholeInBothDirectionsAndEnds(t *testing.T) {
	d := openDoor(t)
	far, near := d.connect(t, "what this is")
	if got := <-d.opened; got != "what this is" {
		t.Errorf("it was announced as %q", got)
	}
	go func() {
		_, _ = io.Copy(near, near)
		_ = near.CloseWrite()
	}()
	want := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	go func() {
		_, _ = far.Write(want)
		_ = far.CloseWrite()
	}()
	got, err := io.ReadAll(far)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes came back, %v", len(got), err)
	}
}

func TestAConnectionThatNobodyReadsHoldsNoOtherUp(t *testing.T) {
	d := openDoor(t)
	stuck, _ := d.connect(t, "stuck")
	go func() { _, _ = stuck.Write(make([]byte, 4<<20)) }()
	far, near := d.connect(t, "other")
	go func() { _, _ = io.Copy(near, near) }()
	for range 100 {
		if _, err := far.Write([]byte("ping")); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(far, make([]byte, 4)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestARefusedConnectionEndsAndTheNextOneIsServed(t *testing.T) {
	d := openDoor(t)
	far, ours := pair(t)
	if err := d.outside.Carry([]byte("refuse"), ours); err != nil {
		t.Fatal(err)
	}
	if n, err := far.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("the refused one reads %d, %v", n, err)
	}
	far, near := d.connect(t, "next")
	if _, err := near.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(far, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
}

func TestNoMoreConnectionsThanTheLimitAreCarried(t *testing.T) {
	d := openDoor(t)
	for range maxConnections {
		d.connect(t, "one")
	}
	far, ours := pair(t)
	if err := d.outside.Carry([]byte("too many"), ours); !errors.Is(err, ErrFull) {
		t.Errorf("one too many: %v", err)
	}
	if _, err := far.Read(make([]byte, 1)); err == nil {
		t.Error("the one too many is open")
	}
}

// TestABreachEndsThePort plays a guest, or a boot, that does not keep to the rules.
func TestABreachEndsThePort(t *testing.T) {
	open := frame{kindOpen, 1, []byte("x")}
	for name, frames := range map[string][]frame{
		"unknown type":             {{kind: 9, conn: 1}},
		"connection zero":          {{kindEnd, 0, nil}},
		"data without connection":  {{kindData, 1, []byte("x")}},
		"empty data":               {open, {kindData, 1, nil}},
		"data that is too long":    {open, {kindData, 1, make([]byte, maxData+1)}},
		"a number out of turn":     {{kindOpen, 2, []byte("x")}},
		"a number twice":           {open, open},
		"opened by nothing":        {{kindOpen, 1, nil}},
		"opened with too much":     {{kindOpen, 1, make([]byte, maxOpening+1)}},
		"data after its end":       {open, {kind: kindEnd, conn: 1}, {kindData, 1, []byte("x")}},
		"end twice":                {open, {kind: kindEnd, conn: 1}, {kind: kindEnd, conn: 1}},
		"credit that nobody owes":  {open, credit(1, 1)},
		"credit of nothing":        {open, {kindCredit, 1, make([]byte, 4)}},
		"more than the window":     append([]frame{open}, full()...),
		"credit of another length": {open, {kindCredit, 1, make([]byte, 3)}},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t)
			in := Inside(b, func([]byte) (Conn, error) { return blocked{make(chan struct{})}, nil })
			go func() {
				for _, f := range frames {
					_, _ = a.Write(f.encode())
				}
			}()
			if err := in.Run(); !errors.Is(err, ErrMalformed) {
				t.Errorf("it ended with %v", err)
			}
		})
	}
}

// full is one byte more than a connection may have under way.
func full() (all []frame) {
	for range window / maxData {
		all = append(all, frame{kindData, 1, make([]byte, maxData)})
	}
	return append(all, frame{kindData, 1, []byte("x")})
}

// blocked is a connection that takes and gives nothing until it is closed.
type blocked struct{ closed chan struct{} }

func (b blocked) Read([]byte) (int, error)  { <-b.closed; return 0, io.EOF }
func (b blocked) Write([]byte) (int, error) { <-b.closed; return 0, io.ErrClosedPipe }
func (b blocked) CloseWrite() error         { return nil }
func (b blocked) Close() error {
	select {
	case <-b.closed:
	default:
		close(b.closed)
	}
	return nil
}

func TestWhatWasUnderWayForAnEndedConnectionIsDropped(t *testing.T) {
	a, b := pair(t)
	ended := make(chan error, 1)
	in := Inside(b, func([]byte) (Conn, error) { return blocked{make(chan struct{})}, nil })
	go func() { ended <- in.Run() }()
	for _, f := range []frame{
		{kindOpen, 1, []byte("x")}, {kind: kindReset, conn: 1}, {kindData, 1, []byte("late")},
		{kindOpen, 2, []byte("y")}, {kind: kindEnd, conn: 1},
	} {
		if _, err := a.Write(f.encode()); err != nil {
			t.Fatal(err)
		}
	}
	_ = a.CloseWrite()
	if err := <-ended; !errors.Is(err, io.EOF) {
		t.Errorf("the port ended with %v", err)
	}
}

func TestTheOutsideTakesNoConnectionFromInside(t *testing.T) {
	a, b := pair(t)
	if _, err := b.Write(frame{kindOpen, 1, []byte("x")}.encode()); err != nil {
		t.Fatal(err)
	}
	if err := Outside(a).Run(); !errors.Is(err, ErrMalformed) {
		t.Errorf("it ended with %v", err)
	}
}

func TestAMessageComesRightBehindItsFile(t *testing.T) {
	var port bytes.Buffer
	p := NewPoster(&port)
	file := bytes.Repeat([]byte("m"), maxContent+1)
	if err := p.SendWith(PostMessage, []byte("packet"), bytes.NewReader(file)); err != nil {
		t.Fatal(err)
	}
	var got []byte
	for {
		one, err := ReadPost(&port)
		if err != nil {
			t.Fatal(err)
		}
		if one.Kind == PostMessage {
			break
		}
		got = append(got, one.Payload...)
	}
	if !bytes.Equal(got, file) {
		t.Errorf("%d bytes came", len(got))
	}
}

func TestABeginSaysWhatItWasMadeOf(t *testing.T) {
	b := Begin{Clock: time.Unix(1_800_000_000, 5), Accelerator: KVM, Seed: [SeedSize]byte{1, 2, 3}, Measurements: "00 11 2"}
	got, err := ParseBegin(b.Encode())
	if err != nil || got.Measurements != b.Measurements || !got.Clock.Equal(b.Clock) || got.Seed != b.Seed || got.Accelerator != KVM {
		t.Errorf("%v, %v", got, err)
	}
	for name, p := range map[string][]byte{"short": b.Encode()[:beginSize], "long": append(b.Encode(), make([]byte, maxMeasurements)...), "no processor": Begin{Measurements: "x"}.Encode()} {
		if _, err := ParseBegin(p); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func FuzzCanonicalFrame(f *testing.F) {
	for _, one := range []frame{{kindOpen, 1, []byte("x")}, {kindData, 7, []byte("data")}, {kind: kindEnd, conn: 1}, credit(3, 9), {kind: kindReset, conn: 2}} {
		f.Add(one.encode())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		one, err := readFrame(bytes.NewReader(b))
		if err == nil && !bytes.HasPrefix(b, one.encode()) {
			t.Errorf("%x becomes %x", b, one.encode())
		}
	})
}

func FuzzCanonicalPost(f *testing.F) {
	begin := Begin{Clock: time.Unix(1, 0), Accelerator: Emulated, Measurements: "x"}
	for _, one := range []Post{
		{PostBegin, begin.Encode()}, {PostContent, []byte("c")}, {PostMessage, []byte("mm")}, {PostClock, EncodeClock(time.Unix(1, 0))},
		{PostBegun, []byte("6.1")}, {PostWords, []byte("w")}, {PostEnded, make([]byte, 4)},
	} {
		b, err := one.encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add(binary.BigEndian.AppendUint32([]byte{byte(PostContent)}, maxContent+1))
	f.Fuzz(func(t *testing.T, b []byte) {
		one, err := ReadPost(bytes.NewReader(b))
		if err != nil {
			return
		}
		if again, err := one.encode(); err != nil || !bytes.HasPrefix(b, again) {
			t.Errorf("%x becomes %x, %v", b, again, err)
		}
		if one.Kind == PostBegin {
			if begin, err := ParseBegin(one.Payload); err == nil && !bytes.Equal(begin.Encode(), one.Payload) {
				t.Errorf("%x becomes %x", one.Payload, begin.Encode())
			}
		}
	})
}
