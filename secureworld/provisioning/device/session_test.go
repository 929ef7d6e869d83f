package device

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device/devicetest"
)

type hello struct {
	Device orderauth.DeviceID
	Nonce  orderauth.Nonce
}

const kindPlain, kindOrder byte = 0x90, 0x91

func testDoor(d *Device) Door {
	return Door{
		MaxBody: 100, FrameDeadline: 300 * time.Millisecond, HandshakeDeadline: 500 * time.Millisecond, Hello: 1, Welcome: 0x81,
		Hi:    func(n orderauth.Nonce) any { return hello{d.ID, n} },
		Plain: func(k byte) bool { return k == kindPlain },
	}
}

// connected gives both ends of a session.
func connected(t *testing.T) (*devicetest.Peer, *Session, *devicetest.World) {
	t.Helper()
	w := devicetest.New(t, orderauth.DoorSRED)
	d := start(t, w, orderauth.DoorSRED)
	peer := make(chan *devicetest.Peer, 1)
	go func() { peer <- w.Session() }()
	s, err := d.Connect(t.Context(), testDoor(d))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return <-peer, s, w
}

func receive(t *testing.T, s *Session) (Received, bool) {
	t.Helper()
	select {
	case m, ok := <-s.Incoming():
		return m, ok
	case <-time.After(5 * time.Second):
		t.Fatal("nothing came")
		return Received{}, false
	}
}

func TestOrdersAndPlainMessagesArrive(t *testing.T) {
	peer, s, _ := connected(t)
	sealed := peer.Order(kindOrder, hello{})
	if m, ok := receive(t, s); !ok || m.Kind != kindOrder || !bytes.Equal(m.Sealed, sealed) || len(m.Body) != len(sealed)-orderauth.TagSize {
		t.Fatalf("%+v", m)
	}
	peer.Write(kindPlain, []byte("block"))
	if m, ok := receive(t, s); !ok || m.Kind != kindPlain || string(m.Body) != "block" {
		t.Fatalf("%+v", m)
	}
	if err := s.Send(5, hello{}); err != nil {
		t.Fatal(err)
	}
	peer.Expect(5, &hello{})
}

func TestWhatIsNoOrderForThisSessionEndsIt(t *testing.T) {
	for name, send := range map[string]func(p *devicetest.Peer, w *devicetest.World){
		"a replayed order": func(p *devicetest.Peer, _ *devicetest.World) {
			p.Write(kindOrder, p.Order(kindOrder, hello{}))
		},
		"an order left out": func(p *devicetest.Peer, _ *devicetest.World) {
			p.Seal(kindOrder, hello{})
			p.Order(kindOrder, hello{})
		},
		"a changed byte": func(p *devicetest.Peer, _ *devicetest.World) {
			sealed := p.Seal(kindOrder, hello{})
			sealed[3] ^= 1
			p.Write(kindOrder, sealed)
		},
		"another kind": func(p *devicetest.Peer, _ *devicetest.World) { p.Write(kindOrder+1, p.Seal(kindOrder, hello{})) },
		"another nonce": func(p *devicetest.Peer, w *devicetest.World) {
			p.Orders = w.NewOrders(orderauth.Nonce{1})
			p.Order(kindOrder, hello{})
		},
		"no authentication":  func(p *devicetest.Peer, _ *devicetest.World) { p.Send(kindOrder, hello{}) },
		"an oversized frame": func(p *devicetest.Peer, _ *devicetest.World) { p.Write(kindPlain, make([]byte, 101)) },
		"half a frame":       func(p *devicetest.Peer, _ *devicetest.World) { _, _ = p.Conn.Write([]byte{1, kindPlain, 0, 9, 1}) },
		"half a frame and the end": func(p *devicetest.Peer, _ *devicetest.World) {
			_, _ = p.Conn.Write([]byte{1, kindPlain, 0, 9, 1})
			_ = p.Conn.Close()
		},
		"another version": func(p *devicetest.Peer, _ *devicetest.World) { _, _ = p.Conn.Write([]byte{2, kindPlain, 0, 0}) },
	} {
		peer, s, w := connected(t)
		peer.Write(kindPlain, nil) // the twin: this one is fine
		if _, ok := receive(t, s); !ok {
			t.Fatalf("%s: %v", name, s.Err())
		}
		send(peer, w)
		m, ok := receive(t, s)
		if ok && name == "a replayed order" {
			m, ok = receive(t, s)
		}
		if ok || s.Err() == nil {
			t.Errorf("%s was taken: %+v", name, m)
		}
	}
}

func TestHalfOpenPeersAreLeft(t *testing.T) {
	for name, serve := range map[string]func(w *devicetest.World){
		"no TLS":     func(w *devicetest.World) { w.AcceptRaw() },
		"no welcome": func(w *devicetest.World) { w.Accept() },
		"half a welcome": func(w *devicetest.World) {
			_, _ = w.Accept().Conn.Write([]byte{1, 0x81, 0})
		},
	} {
		w := devicetest.New(t, orderauth.DoorSRED)
		d := start(t, w, orderauth.DoorSRED)
		done := make(chan struct{})
		go func() { defer close(done); serve(w) }()
		began := time.Now()
		if _, err := d.Connect(t.Context(), testDoor(d)); err == nil || time.Since(began) > 5*time.Second {
			t.Errorf("%s: %v after %v", name, err, time.Since(began))
		}
		<-done
	}
}

func TestAWelcomeForAnotherDeviceIsRefused(t *testing.T) {
	w := devicetest.New(t, orderauth.DoorSRED)
	d := start(t, w, orderauth.DoorSRED)
	go func() { w.Accept().Send(0x81, struct{ Device orderauth.DeviceID }{orderauth.DeviceID{9}}) }()
	if _, err := d.Connect(t.Context(), testDoor(d)); !errors.Is(err, ErrProtocol) {
		t.Fatal(err)
	}
}

func TestASecureWorldThatTheAuthorityDidNotCertifyIsRefused(t *testing.T) {
	w, stranger := devicetest.New(t, orderauth.DoorSRED), devicetest.New(t, orderauth.DoorSRED)
	var elsewhere string
	stranger.Configure(func(d *provisioning.Device) { elsewhere = d.Connect })
	w.Configure(func(d *provisioning.Device) { d.Connect = elsewhere })
	d := start(t, w, orderauth.DoorSRED)
	go func() { _, _ = io.Copy(io.Discard, stranger.AcceptRaw()) }()
	if _, err := d.Connect(t.Context(), testDoor(d)); err == nil {
		t.Fatal("connected to a stranger")
	}
}

func TestAnotherNameInTheCertificateIsRefused(t *testing.T) {
	w := devicetest.New(t, orderauth.DoorSRED)
	w.Configure(func(d *provisioning.Device) { d.ServerName = "other.test" })
	d := start(t, w, orderauth.DoorSRED)
	go func() { _, _ = io.Copy(io.Discard, w.AcceptRaw()) }()
	if _, err := d.Connect(t.Context(), testDoor(d)); err == nil {
		t.Fatal("connected under another name")
	}
}

func TestADeviceDialsForEver(t *testing.T) {
	w := devicetest.New(t, orderauth.DoorSRED)
	d := start(t, w, orderauth.DoorSRED)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := d.Serve(ctx, testDoor(d), slog.New(slog.DiscardHandler), func(_ context.Context, s *Session) error {
			<-s.Incoming() // closed when the session is lost
			return s.Err()
		}); err != nil {
			t.Errorf("it ended by itself: %v", err)
		}
	}()
	for range 3 {
		_ = w.Session().Conn.Close()
	}
	cancel()
	<-done
}

// A reader that lives on without keys would refuse every card until someone starts it
// again.
func TestADeviceWhoseDiskFailsInTheMiddleOfASessionEnds(t *testing.T) {
	w := devicetest.New(t, orderauth.DoorSRED)
	d := start(t, w, orderauth.DoorSRED)
	d.testOnlyReplace = func(string, []byte) error { return errDisk }
	go w.Session()
	err := d.Serve(t.Context(), testDoor(d), slog.New(slog.DiscardHandler), func(ctx context.Context, _ *Session) error {
		if _, err := d.Next(make([]byte, dukpt.RoomTransaction)); !errors.Is(err, errDisk) {
			t.Errorf("a key was given out: %v", err)
		}
		<-ctx.Done()
		return ctx.Err()
	})
	if !errors.Is(err, ErrStopped) {
		t.Errorf("it ended with %v", err)
	}
}

func TestAUnixSocketServesAsWell(t *testing.T) {
	w := devicetest.New(t, orderauth.DoorSRED)
	w.MoveToUnix()
	d := start(t, w, orderauth.DoorSRED)
	go w.Session()
	s, err := d.Connect(t.Context(), testDoor(d))
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
}
