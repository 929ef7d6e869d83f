package handover

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/internal/entitlement"
)

func memoryFile(t *testing.T, content string, seals int) *os.File {
	t.Helper()
	fd, err := unix.MemfdCreate("test", unix.MFD_ALLOW_SEALING|unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), "test")
	t.Cleanup(func() { f.Close() })
	io.WriteString(f, content)
	f.Seek(0, io.SeekStart)
	if _, err := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, seals); err != nil {
		t.Fatal(err)
	}
	return f
}

func ends(t *testing.T) (*Boot, *Link) {
	t.Helper()
	b, theirs, err := Pair()
	if err != nil {
		t.Fatal(err)
	}
	l, err := newLink(theirs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close(); l.wire.conn.Close() })
	return b, l
}

func send(t *testing.T, b *Boot, m Message, f *os.File) {
	t.Helper()
	if err := b.Send(m, f); err != nil {
		t.Fatal(err)
	}
}

func provide(t *testing.T, b *Boot) {
	t.Helper()
	send(t, b, Confine{UID: 7, GID: 8, KillOnForbidden: true}, nil)
	send(t, b, Application{Name: "payment", SHA256: sha256.Sum256([]byte("module"))}, memoryFile(t, "module", Seals))
	send(t, b, Licence{}, memoryFile(t, "licence", Seals))
	send(t, b, Parameters{}, memoryFile(t, "parameters", Seals))
	send(t, b, DevicePart{Part: 3, Digest: [32]byte{9}}, nil)
	send(t, b, Storage{Anchor: 5, Reset: 6}, nil)
	send(t, b, Config{}, memoryFile(t, "config", Seals))
}

func serving(t *testing.T) (*Boot, *Link, <-chan error) {
	b, l := ends(t)
	provide(t, b)
	if _, err := l.Provisions(); err != nil {
		t.Fatal(err)
	}
	if err := l.Ready(3, 4); err != nil {
		t.Fatal(err)
	}
	if m, err := b.Receive(); err != nil || m != (Ready{3, 4}) {
		t.Fatalf("%v, %v", m, err)
	}
	done := make(chan error, 1)
	go func() { done <- l.Serve(func() bool { return true }) }()
	return b, l, done
}

func TestProvisionsArriveWhole(t *testing.T) {
	b, l := ends(t)
	provide(t, b)
	p, err := l.Provisions()
	if err != nil {
		t.Fatal(err)
	}
	if p.Confine != (Confine{UID: 7, GID: 8, KillOnForbidden: true}) || string(p.Applications[0].Wasm) != "module" || string(p.Licence) != "licence" || string(p.Parameters) != "parameters" ||
		p.Device[3] != [32]byte{9} || p.Device.Present() != 1 || p.Storage != (Storage{5, 6}) {
		t.Fatalf("%+v", p)
	}
	room := make([]byte, 6)
	if n, err := p.ReadConfig(room); err != nil || string(room[:n]) != "config" {
		t.Fatalf("%q, %v", room[:n], err)
	}
}

func TestUnsealedOrDifferentProvisionsAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		seals   int
	}{"unsealed": {"module", unix.F_SEAL_SHRINK}, "another module": {"modul3", Seals}} {
		b, l := ends(t)
		send(t, b, Confine{}, nil)
		send(t, b, Application{Name: "payment", SHA256: sha256.Sum256([]byte("module"))}, memoryFile(t, c.content, c.seals))
		send(t, b, Config{}, memoryFile(t, "", Seals))
		if _, err := l.Provisions(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func socket(t *testing.T) (net.Conn, *os.File) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours := os.NewFile(uintptr(fds[0]), "")
	defer ours.Close()
	conn, err := net.FileConn(ours)
	if err != nil {
		t.Fatal(err)
	}
	theirs := os.NewFile(uintptr(fds[1]), "")
	t.Cleanup(func() { conn.Close(); theirs.Close() })
	return conn, theirs
}

func TestSocketsReachTheirDoorWithTheirMeasurement(t *testing.T) {
	b, l, _ := serving(t)
	peer, theirs := socket(t)
	send(t, b, Connected{Door: DoorMailbox, Measured: true, ID: 9, Measurement: [32]byte{1}}, theirs)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	c, err := l.Accept(ctx, DoorMailbox)
	if err != nil || !c.Measured || c.Measurement[0] != 1 || c.ID != 9 {
		t.Fatalf("%+v, %v", c, err)
	}
	io.WriteString(c, "hello")
	got := make([]byte, 5)
	if _, err := io.ReadFull(peer, got); string(got) != "hello" {
		t.Fatal(err)
	}
}

func TestDialGivesASocketOrTheReason(t *testing.T) {
	b, l, _ := serving(t)
	_, theirs := socket(t)
	var answers sync.WaitGroup
	answer := func(f func(id uint32)) {
		answers.Go(func() {
			if m, err := b.Receive(); err == nil {
				f(m.(Dial).ID)
			}
		})
	}
	answer(func(id uint32) { b.Send(Connected{Door: DoorHost, ID: id}, theirs) })
	if c, err := l.Dial(context.Background()); err != nil || c == nil {
		t.Fatal(err)
	}
	answer(func(id uint32) { b.Send(HostFailed{ID: id, Code: HostTimeout}, nil) })
	if _, err := l.Dial(context.Background()); !errors.Is(err, HostTimeout) {
		t.Fatalf("failure came as %v", err)
	}
	answers.Wait() // before the socket is closed
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := l.Dial(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("silence came as %v", err)
	}
}

func TestHealthIsAnsweredAndStopAndGoneAreTold(t *testing.T) {
	b, l, done := serving(t)
	send(t, b, Health{Nonce: 5}, nil)
	if m, err := b.Receive(); err != nil || m != (Healthy{5}) {
		t.Fatalf("%v, %v", m, err)
	}
	send(t, b, Stop{}, nil)
	<-l.Stopping()
	b.Close()
	if err := <-done; !errors.Is(err, io.EOF) {
		t.Fatalf("end came as %v", err)
	}
	if _, err := l.Accept(context.Background(), DoorSRED); err == nil {
		t.Fatal("accepted after the end")
	}
}

func TestMessageOutOfPlaceIsRefusedAtBothEnds(t *testing.T) {
	b, _ := ends(t)
	if err := b.Send(Stop{}, nil); !errors.Is(err, errPermit) {
		t.Fatalf("boot sent stop while confining: %v", err)
	}
	if err := b.Send(Confine{}, memoryFile(t, "", 0)); err == nil {
		t.Fatal("a descriptor too many was sent")
	}
	raw := func(l *Link, b *Boot, packet, rights []byte) error {
		if _, _, err := b.wire.conn.WriteMsgUnix(packet, rights, nil); err != nil {
			t.Fatal(err)
		}
		_, _, err := l.wire.receive()
		return err
	}
	for name, m := range map[string]Message{"stop": Stop{}, "health": Health{1}, "the kernel's own": Ready{}, "log": Log{}} {
		b, l := ends(t)
		packet, _ := Encode(m)
		if raw(l, b, packet, nil) == nil {
			t.Errorf("%s while confining: accepted", name)
		}
	}
	b, l := ends(t)
	packet, _ := Encode(Confine{})
	if raw(l, b, packet, unix.UnixRights(int(os.Stdin.Fd()))) == nil {
		t.Error("a descriptor too many was accepted")
	}
	b, l = ends(t)
	send(t, b, Confine{}, nil)
	l.wire.receive()
	packet, _ = Encode(Config{})
	if raw(l, b, packet, nil) == nil {
		t.Error("a missing descriptor was accepted")
	}
	b, l = ends(t)
	if raw(l, b, bytes.Repeat([]byte{1}, maxPacket+1), nil) == nil {
		t.Error("an overlong packet was accepted")
	}
}

func TestAtMostEightApplicationsOneLicenceAndOneSetOfParameters(t *testing.T) {
	s := session{state: Provisioning}
	for range maxApplications {
		if err := s.step(TypeApplication); err != nil {
			t.Fatal(err)
		}
	}
	if s.step(TypeApplication) == nil {
		t.Error("a ninth application")
	}
	if s.step(TypeLicence) != nil || s.step(TypeLicence) == nil {
		t.Error("licences")
	}
	if s.step(TypeParameters) != nil || s.step(TypeParameters) == nil {
		t.Error("parameters")
	}
	if _, err := Encode(Application{Name: strings.Repeat("x", 33)}); err == nil {
		t.Error("a long name")
	}
}

func FuzzCanonicalMessage(f *testing.F) {
	for _, m := range []Message{Confine{UID: 1, SelfTest: true}, Application{Name: "payment", Grant: entitlement.Grant{Version: 3, Permissions: entitlement.AccountData, Countersigned: true}}, Config{}, Connected{Door: DoorHost, ID: 3}, Ready{1, 2}, Log{1, 2}, Remove{"loyalty"}, Applied{"loyalty", OutcomeFull}, DevicePart{6, [32]byte{1}}, Storage{1, 2}, Anchored{3}, Anchor{1 << 40}, Measured{7, VerdictForeign, [32]byte{1}}, Closed{7}, Ring{8}, Licensed{OutcomeDenied}, Quote{[32]byte{1}}, Quoted{}, Guard{ProtectionTPM, true}, Compiled{[32]byte{1}}, Keep{[32]byte{2}}} {
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
