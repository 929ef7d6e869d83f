package control

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// samples is one of each message.
func samples() []Message {
	return []Message{
		Status{}, History{}, Applications{}, Begin{KindImage}, File{RoleKernel, ""}, File{RoleModule, "loyalty"}, Commit{}, Abort{},
		Activate{SlotB}, Remove{"loyalty"}, Done{ReasonOlder, 7}, Challenge{}, LoadKey{}, Drawn{Accepted, [16]byte{5}}, Drawn{Reason: ReasonToken},
		Standing{Running: SlotA, Active: SlotA, Pending: SlotB, Tries: 2, Reason: ReasonEnded, Strength: StrengthFile, Counter: 3, Starts: 4,
			Images: [3]Image{{Good, 1, [32]byte{1}}, {Good, 2, [32]byte{2}}, {Staged, 3, [32]byte{3}}}},
		Events{[]Entry{{1, EventStaged, SlotB, Accepted, 3}, {2, EventFellBack, SlotB, ReasonEnded, 3}}},
		Installed{[]Application{{"payment", 1, [32]byte{9}, OriginImage}}},
	}
}

func TestEveryMessageComesBackAsItWasSent(t *testing.T) {
	for _, m := range samples() {
		p, err := Encode(m)
		if err != nil {
			t.Fatalf("%T: %v", m, err)
		}
		if got, err := Parse(p); err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%T came back as %+v, %v", m, got, err)
		}
		if _, err := Parse(append(p, 0)); err == nil {
			t.Errorf("%T: a byte behind was accepted", m)
		}
		if _, err := Parse(p[:len(p)-1]); err == nil {
			t.Errorf("%T: cut short, it was accepted", m)
		}
	}
}

func TestLongestAnswersFitAPacketAndLongerOnesAreRefused(t *testing.T) {
	for _, m := range []Message{Events{make([]Entry, MaxEvents)}, Installed{applications(MaxInstalled)}} {
		if p, err := Encode(m); err != nil || len(p) > maxPacket {
			t.Errorf("%T: %d bytes, %v", m, len(p), err)
		}
	}
	for _, m := range []Message{Events{make([]Entry, MaxEvents+1)}, Installed{applications(MaxInstalled + 1)}, Remove{""}, File{RoleKernel, "x"}, File{RoleModule, ""}} {
		if _, err := Encode(m); err == nil {
			t.Errorf("%+v was encoded", m)
		}
	}
}

func applications(n int) []Application {
	list := make([]Application, n)
	for i := range list {
		list[i].Name = string(rune('a' + i))
	}
	return list
}

func FuzzCanonicalMessage(f *testing.F) {
	for _, m := range samples() {
		p, _ := Encode(m)
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		m, err := Parse(p)
		if err != nil {
			return
		}
		if again, err := Encode(m); err != nil || !bytes.Equal(again, p) {
			t.Fatal("accepted what does not encode back")
		}
	})
}

// clerk is a Desk that remembers what it was given.
type clerk struct {
	mu      sync.Mutex // the socket orders test and server, but the race detector does not see it
	kind    Kind
	content map[File]string
	refuse  Reason
}

func (c *clerk) Standing() Standing          { return Standing{Running: SlotA} }
func (c *clerk) History() []Entry            { return []Entry{{Event: EventStaged}} }
func (c *clerk) Applications() []Application { return applications(1) }
func (c *clerk) Commit(k Kind, uploads []Upload) (uint64, Reason) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kind, c.content = k, map[File]string{}
	for _, u := range uploads {
		b, reason := u.Content(8)
		if reason != Accepted {
			return 0, reason
		}
		c.content[u.File] = string(b)
	}
	return 5, c.refuse
}
func (c *clerk) Activate(p Place) (uint64, Reason) { return uint64(p), c.refusal() }
func (c *clerk) Remove(string) Reason              { return c.refusal() }

func (c *clerk) Tamper() Reason { return c.refusal() }

func (c *clerk) Challenge() ([16]byte, Reason) {
	if r := c.refusal(); r != Accepted {
		return [16]byte{}, r
	}
	return [16]byte{9}, Accepted
}

func (c *clerk) LoadKey(delivery *os.File) Reason {
	b, err := io.ReadAll(io.NewSectionReader(delivery, 0, 100))
	if err != nil || string(b) != "delivery" {
		return ReasonToken
	}
	return c.refusal()
}

func (c *clerk) refusal() Reason {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refuse
}

// served is a door with one connection to a clerk; ended tells how it ended.
func served(t *testing.T, d Desk) (*Client, <-chan error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "control.sock")
	l, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: path, Net: "unixpacket"})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		conn, err := l.AcceptUnix()
		if err == nil {
			err = Serve(conn, d)
			conn.Close()
		}
		ended <- err
	}()
	c, err := Dial(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); l.Close() })
	return c, ended
}

func TestUpdateArrivesWholeAndIsAnswered(t *testing.T) {
	d := &clerk{}
	c, _ := served(t, d)
	files := []Content{{File{RoleKernel, ""}, []byte("kernel")}, {File{RoleModule, "payment"}, []byte("module")}}
	if v, err := c.Submit(KindImage, files); v != 5 || err != nil {
		t.Fatal(v, err)
	}
	want := map[File]string{{RoleKernel, ""}: "kernel", {RoleModule, "payment"}: "module"}
	d.mu.Lock()
	kind, content := d.kind, d.content
	d.mu.Unlock()
	if kind != KindImage || !reflect.DeepEqual(content, want) {
		t.Fatalf("%v %v", kind, content)
	}
	d.mu.Lock()
	d.refuse = ReasonOlder
	d.mu.Unlock()
	if v, err := c.Submit(KindImage, files); v != 5 || !errors.Is(err, ReasonOlder) {
		t.Fatal(v, err)
	}
	if s, err := c.Standing(); err != nil || s.Running != SlotA {
		t.Fatal(s, err)
	}
	if err := c.Remove("loyalty"); !errors.Is(err, ReasonOlder) {
		t.Fatal(err)
	}
}

func TestFileThatMayChangeIsRefused(t *testing.T) {
	c, _ := served(t, &clerk{})
	if _, err := c.done(Begin{KindImage}, nil); err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	if _, err := c.done(File{RoleKernel, ""}, read); !errors.Is(err, ReasonSealed) {
		t.Errorf("a pipe: %v", err)
	}
	fd, err := unix.MemfdCreate("open", unix.MFD_ALLOW_SEALING|unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	open := os.NewFile(uintptr(fd), "open")
	defer open.Close()
	if _, err := c.done(File{RoleKernel, ""}, open); !errors.Is(err, ReasonSealed) {
		t.Errorf("an open memory file: %v", err)
	}
	if err := c.hand(Content{File{RoleKernel, ""}, nil}); err != nil {
		t.Errorf("the control, a sealed one: %v", err)
	}
	if err := c.hand(Content{File{RoleKernel, ""}, nil}); !errors.Is(err, ReasonRepeated) {
		t.Errorf("twice: %v", err)
	}
}

func TestMessageOutOfPlaceEndsTheConnection(t *testing.T) {
	for name, messages := range map[string][]Message{
		"commit before begin":    {Commit{}},
		"status while staging":   {Begin{KindImage}, Status{}},
		"remove while staging":   {Begin{KindImage}, Remove{"x"}},
		"begin twice":            {Begin{KindImage}, Begin{KindImage}},
		"boot's own":             {Done{}},
		"staging after a staged": {Begin{KindImage}, Abort{}, Abort{}},
	} {
		c, ended := served(t, &clerk{})
		for _, m := range messages[:len(messages)-1] {
			if _, err := c.done(m, nil); err != nil {
				t.Fatal(name, err)
			}
		}
		if _, err := c.done(messages[len(messages)-1], nil); err == nil {
			t.Errorf("%s: answered", name)
		}
		if err := <-ended; !errors.Is(err, errPermit) {
			t.Errorf("%s: ended with %v", name, err)
		}
	}
}

func TestPacketWithAWrongDescriptorOrFormEndsTheConnection(t *testing.T) {
	file, err := memoryFile([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	status, _ := Encode(Status{})
	kernel, _ := Encode(File{RoleKernel, ""})
	for name, c := range map[string]struct {
		packet []byte
		rights []byte
	}{
		"a descriptor too many": {status, unix.UnixRights(int(file.Fd()))},
		"a missing descriptor":  {kernel, nil},
		"two descriptors":       {kernel, unix.UnixRights(int(file.Fd()), int(file.Fd()))},
		"overlong":              {bytes.Repeat([]byte{1}, maxPacket+1), nil},
		"another version":       {[]byte{2, 1}, nil},
	} {
		client, ended := served(t, &clerk{})
		if _, _, err := client.wire.conn.WriteMsgUnix(c.packet, c.rights, nil); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err == nil || errors.Is(err, io.EOF) {
			t.Errorf("%s: ended with %v", name, err)
		}
	}
}

func TestWhatWasNotCommittedIsGone(t *testing.T) {
	d := &clerk{}
	c, ended := served(t, d)
	if _, err := c.done(Begin{KindImage}, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.hand(Content{File{RoleKernel, ""}, []byte("kernel")}); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if err := <-ended; err == nil || d.content != nil {
		t.Fatal(err, d.content)
	}
}

func TestEveryCodeHasAName(t *testing.T) {
	for _, s := range []string{
		NoPlace.String(), SlotB.String(), Bad.String(), StrengthTPM.String(), OriginInstalled.String(), EventRemoved.String(),
		ReasonCustomer.String(), Reason(200).String(),
	} {
		if s == "" {
			t.Error("a code without a name")
		}
	}
	if ReasonCustomer.String() != "made for another customer" || Reason(200).String() != "reason 200" {
		t.Error(ReasonCustomer, Reason(200))
	}
}
