package pinpadlink

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/tls"
	"encoding/hex"
	"net"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/devicelink"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/linktest"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
)

var (
	device = orderauth.DeviceID{1, 2, 3, 4, 5, 6, 7, 8}
	keyID  = pinentry.KeyID{9, 9}
)

type lane struct {
	*linktest.Events
	t     *testing.T
	door  *Door
	ca    *linktest.Authority
	block cipher.Block
	name  string
}

func newLane(t *testing.T) *lane {
	t.Helper()
	l := &lane{Events: &linktest.Events{}, t: t, ca: linktest.NewAuthority(t), name: hex.EncodeToString(device[:])}
	kernel := l.ca.Certify(t, "secure world")
	config, err := devicelink.ServerConfig(kernel.Chain, l.ca.PEM(), kernel.Key)
	if err != nil {
		t.Fatal(err)
	}
	if l.block, err = aes.NewCipher(make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
	l.door = New(Config{KeyID: keyID, KeyBlock: []byte("D0000B1AX"), TLS: config, Device: device, Orders: l.block, Post: l.Post, Refuse: l.Refuse})
	return l
}

// dial does the handshake; ended gives Serve's error.
func (l *lane) dial(ctx context.Context) (conn *tls.Conn, ended chan error) {
	l.t.Helper()
	near, far := net.Pipe()
	ended = make(chan error, 1)
	go func() { ended <- l.door.Serve(ctx, near) }()
	conn = tls.Client(far, &tls.Config{RootCAs: l.ca.Pool(), ServerName: linktest.ServerName,
		Certificates: []tls.Certificate{l.ca.Certify(l.t, l.name).TLS}})
	if err := conn.HandshakeContext(ctx); err != nil {
		l.t.Fatal(err)
	}
	return conn, ended
}

// session greets and lets the door take note of it.
func (l *lane) session(nonce byte) (*linktest.Peer, chan error) {
	l.t.Helper()
	p, ended := l.greet(nonce)
	synctest.Wait()
	return p, ended
}

// greet opens a session; nonce is drawn by the reader.
func (l *lane) greet(nonce byte) (*linktest.Peer, chan error) {
	l.t.Helper()
	conn, ended := l.dial(l.t.Context())
	p := linktest.NewPeer(l.t, conn, l.block, orderauth.DoorPINEntry, device, orderauth.Nonce{nonce})
	p.Send(pinentry.KindHello, pinentry.Hello{Device: device, Nonce: orderauth.Nonce{nonce}, Key: keyID})
	var w pinentry.Welcome
	p.Expect(pinentry.KindWelcome, &w)
	if w.Device != device {
		l.t.Fatalf("welcome to %x", w.Device)
	}
	return p, ended
}

func (l *lane) expect(want ...transaction.Event) {
	l.t.Helper()
	synctest.Wait()
	got := l.Take()
	if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
		l.t.Fatalf("events %T%+v, not %T%+v", got, got, want, want)
	}
}

// in runs a test whose sessions all end with it.
func in(t *testing.T, f func(t *testing.T, l *lane)) {
	synctest.Test(t, func(t *testing.T) { f(t, newLane(t)) })
}

func TestASessionBringsEveryMessageAsItsEventAndEndsInDown(t *testing.T) {
	in(t, func(t *testing.T, l *lane) {
		p, ended := l.session(1)
		l.expect(transaction.PINPadUp{})
		p.Send(pinentry.KindEntered, pinentry.Entered{Order: pinentry.OrderID{1}, KSN: [12]byte{2}, Block: [16]byte{3}})
		p.Send(pinentry.KindEnciphered, pinentry.Enciphered{Order: pinentry.OrderID{2}, Data: []byte{4, 5}})
		p.Send(pinentry.KindChosen, pinentry.Chosen{Order: pinentry.OrderID{3}, Choice: pinentry.Choices})
		p.Send(pinentry.KindKeyed, pinentry.Keyed{Order: pinentry.OrderID{4}, Sealed: [43]byte{6}})
		p.Send(pinentry.KindFailed, pinentry.Failed{Order: pinentry.OrderID{1}, Code: pinentry.CodeCanceled})
		l.expect(transaction.PINEntered{Order: pinentry.OrderID{1}, KSN: [12]byte{2}, Block: [16]byte{3}},
			transaction.PINEnciphered{Order: pinentry.OrderID{2}, Data: []byte{4, 5}},
			transaction.Chosen{Order: pinentry.OrderID{3}, Choice: pinentry.Choices},
			transaction.CardKeyed{Order: pinentry.OrderID{4}, Sealed: [43]byte{6}},
			transaction.PINFailed{Order: pinentry.OrderID{1}, Code: pinentry.CodeCanceled})
		_ = p.Conn.Close()
		<-ended
		l.expect(transaction.PINPadDown{})
		if l.Refused() != 0 {
			t.Errorf("%d refused", l.Refused())
		}
	})
}

func TestOrdersVerifyAtThePINPad(t *testing.T) {
	in(t, func(t *testing.T, l *lane) {
		p, ended := l.session(7)
		defer func() { _ = p.Conn.Close(); <-ended }()
		want := pinentry.EnterPIN{Order: pinentry.OrderID{5}, Attempt: 2, Amount: 1234, Counter: 77, SealedPAN: [35]byte{1}}
		go func() {
			for _, err := range []error{l.door.EnterPIN(want), l.door.Stop(pinentry.Stop{Order: pinentry.OrderID{6}}), l.door.Show(pinentry.Show{Text: pinentry.TextDeclined})} {
				if err != nil {
					t.Error(err)
				}
			}
		}()
		var enter pinentry.EnterPIN
		var stop pinentry.Stop
		var show pinentry.Show
		p.ExpectOrder(pinentry.KindEnterPIN, &enter)
		p.ExpectOrder(pinentry.KindStop, &stop)
		p.ExpectOrder(pinentry.KindShow, &show)
		if enter != want || stop.Order != (pinentry.OrderID{6}) || show.Text != pinentry.TextDeclined {
			t.Errorf("%+v %+v %+v", enter, stop, show)
		}
	})
}

func TestOrdersForTheCardVerifyAtThePINPad(t *testing.T) {
	in(t, func(t *testing.T, l *lane) {
		p, ended := l.session(7)
		defer func() { _ = p.Conn.Close(); <-ended }()
		wantPIN := pinentry.EncipherPIN{Order: pinentry.OrderID{5}, Tries: 1, Again: true, Amount: 1234,
			Challenge: [8]byte{1}, Modulus: bytes.Repeat([]byte{0xc1}, 248), PublicExponent: []byte{1, 0, 1}}
		wantChoice := pinentry.Choose{Order: pinentry.OrderID{6}, Count: 8, Labels: [128]byte{'V', 127: 'x'}}
		wantCard := pinentry.KeyCard{Order: pinentry.OrderID{7}, Counter: 78}
		go func() {
			for _, err := range []error{l.door.EncipherPIN(wantPIN), l.door.Choose(wantChoice), l.door.KeyCard(wantCard)} {
				if err != nil {
					t.Error(err)
				}
			}
		}()
		var pin pinentry.EncipherPIN
		var choice pinentry.Choose
		var card pinentry.KeyCard
		p.ExpectOrder(pinentry.KindEncipherPIN, &pin)
		p.ExpectOrder(pinentry.KindChoose, &choice)
		p.ExpectOrder(pinentry.KindKeyCard, &card)
		if !reflect.DeepEqual(pin, wantPIN) || choice != wantChoice || card != wantCard {
			t.Errorf("%+v %+v %+v", pin, choice, card)
		}
	})
}

// loading greets with another key and gets the acquirer's block.
func (l *lane) loading(ctx context.Context) (*linktest.Peer, chan error) {
	l.t.Helper()
	conn, ended := l.dial(ctx)
	p := linktest.NewPeer(l.t, conn, l.block, orderauth.DoorPINEntry, device, orderauth.Nonce{})
	p.Send(pinentry.KindHello, pinentry.Hello{Device: device})
	var w pinentry.Welcome
	var load pinentry.LoadKey
	p.Expect(pinentry.KindWelcome, &w)
	p.Expect(pinentry.KindLoadKey, &load)
	if string(load.Block) != "D0000B1AX" {
		l.t.Errorf("block %q", load.Block)
	}
	return p, ended
}

func TestThePINPadIsUpOnceItHasTheAcquirersKey(t *testing.T) {
	in(t, func(t *testing.T, l *lane) {
		p, ended := l.loading(t.Context())
		l.expect() // not yet
		p.Send(pinentry.KindKeyLoaded, pinentry.KeyLoaded{Key: keyID})
		l.expect(transaction.PINPadUp{})
		go func() { _ = l.door.Show(pinentry.Show{Text: pinentry.TextApproved}) }()
		var show pinentry.Show
		p.ExpectOrder(pinentry.KindShow, &show)
		_ = p.Conn.Close()
		<-ended
		l.expect(transaction.PINPadDown{})
	})
}

func TestAPINPadWithoutTheKeyIsNotUp(t *testing.T) {
	for name, answer := range map[string]func(p *linktest.Peer){
		"refused":            func(p *linktest.Peer) { p.Send(pinentry.KindKeyLoaded, pinentry.KeyLoaded{Refused: true, Key: keyID}) },
		"another key":        func(p *linktest.Peer) { p.Send(pinentry.KindKeyLoaded, pinentry.KeyLoaded{Key: pinentry.KeyID{1}}) },
		"a PIN instead":      func(p *linktest.Peer) { p.Send(pinentry.KindEntered, pinentry.Entered{}) },
		"a malformed answer": func(p *linktest.Peer) { _ = frame.Write(p.Conn, pinentry.KindKeyLoaded, []byte{2}) },
		"silence":            func(*linktest.Peer) {},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T, l *lane) {
				p, ended := l.loading(t.Context())
				go answer(p)
				began := time.Now()
				if err := <-ended; err == nil || time.Since(began) > pinentry.HandshakeDeadline {
					t.Errorf("%v after %v", err, time.Since(began))
				}
				_ = p.Conn.NetConn().Close()
				l.expect()
				if l.Refused() != 1 {
					t.Errorf("counted %d times", l.Refused())
				}
			})
		})
	}
}

func TestASecondSessionReplacesTheFirst(t *testing.T) {
	in(t, func(t *testing.T, l *lane) {
		first, firstEnded := l.session(1)
		second, secondEnded := l.session(2)
		l.expect(transaction.PINPadUp{}, transaction.PINPadDown{}, transaction.PINPadUp{})
		first.ExpectEnd()
		<-firstEnded
		l.expect() // its end is not the second's
		go func() { _ = l.door.Stop(pinentry.Stop{}) }()
		var stop pinentry.Stop
		second.ExpectOrder(pinentry.KindStop, &stop) // under the second's nonce
		_ = second.Conn.Close()
		<-secondEnded
		l.expect(transaction.PINPadDown{})
		if err := l.door.Stop(stop); err != ErrDown {
			t.Errorf("an order without a session: %v", err)
		}
	})
}

// Without a bubble: waiting for a mutex keeps a bubble's clock from going on.
func TestNothingOfAReplacedSessionComesBehindItsSuccessor(t *testing.T) {
	l := newLane(t)
	l.door.sessions.Post = func(e transaction.Event) { time.Sleep(time.Millisecond); l.Post(e) }
	const sessions = 20
	var all []chan error
	var last *linktest.Peer
	for n := range byte(sessions) {
		p, ended := l.greet(n)
		go func() {
			for range 5 {
				p.Send(pinentry.KindFailed, pinentry.Failed{Order: pinentry.OrderID{n}})
			}
		}()
		all, last = append(all, ended), p
	}
	time.Sleep(50 * time.Millisecond)
	_ = last.Conn.NetConn().Close()
	for _, ended := range all {
		<-ended
	}
	up, session, top := false, -1, -1 // session: of the messages since up
	for i, e := range l.Take() {
		switch e := e.(type) {
		case transaction.PINPadUp:
			up, session = true, -1
		case transaction.PINPadDown:
			up = false
		case transaction.PINFailed:
			n := int(e.Order[0])
			if !up || session >= 0 && n != session || n < top {
				t.Fatalf("event %d: a message of session %d, and there was one of %d", i, n, top)
			}
			session, top = n, n
		}
	}
	if up || top != sessions-1 {
		t.Fatalf("up %v, the last session is %d of %d", up, top, sessions)
	}
}

// A05: each ends its session, is counted once, and changes nothing; the twin is
// the session above.
func TestFramesThatAreNotPermittedEndTheSession(t *testing.T) {
	for name, bad := range map[string]func(p *linktest.Peer){
		"a second hello":  func(p *linktest.Peer) { p.Send(pinentry.KindHello, pinentry.Hello{Device: device}) },
		"a key loaded":    func(p *linktest.Peer) { p.Send(pinentry.KindKeyLoaded, pinentry.KeyLoaded{}) },
		"an order":        func(p *linktest.Peer) { p.Send(pinentry.KindEnterPIN, pinentry.EnterPIN{}) },
		"an unknown kind": func(p *linktest.Peer) { p.Send(0x7f, pinentry.Welcome{}) },
		"a short body":    func(p *linktest.Peer) { _ = frame.Write(p.Conn, pinentry.KindEntered, make([]byte, 43)) },
		"a long body":     func(p *linktest.Peer) { _ = frame.Write(p.Conn, pinentry.KindEntered, make([]byte, 45)) },
		"an unknown code": func(p *linktest.Peer) { p.Send(pinentry.KindFailed, pinentry.Failed{Code: 99}) },
		"a choice beyond the last": func(p *linktest.Peer) {
			p.Send(pinentry.KindChosen, pinentry.Chosen{Choice: pinentry.Choices + 1})
		},
		"a short keyed card":    func(p *linktest.Peer) { _ = frame.Write(p.Conn, pinentry.KindKeyed, make([]byte, 58)) },
		"an order for the card": func(p *linktest.Peer) { p.Send(pinentry.KindKeyCard, pinentry.KeyCard{}) },
		"too long": func(p *linktest.Peer) {
			_ = frame.Write(p.Conn, pinentry.KindEntered, make([]byte, pinentry.MaxBody+1))
		},
		"another version": func(p *linktest.Peer) { _, _ = p.Conn.Write([]byte{2, pinentry.KindFailed, 0, 0}) },
		"half a frame":    func(p *linktest.Peer) { _, _ = p.Conn.Write([]byte{1, pinentry.KindFailed, 0}) },
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T, l *lane) {
				p, ended := l.session(1)
				l.expect(transaction.PINPadUp{})
				go bad(p)
				began := time.Now()
				if err := <-ended; err == nil || time.Since(began) > pinentry.FrameDeadline {
					t.Errorf("ended with %v after %v", err, time.Since(began))
				}
				_ = p.Conn.NetConn().Close()
				l.expect(transaction.PINPadDown{})
				if l.Refused() != 1 {
					t.Errorf("counted %d times", l.Refused())
				}
			})
		})
	}
}

func TestAPINPadThatGreetsWronglyGetsNoSession(t *testing.T) {
	other := device
	other[0]++
	for name, greet := range map[string]func(c *tls.Conn){
		"another device": func(c *tls.Conn) { _ = frame.Send(c, pinentry.KindHello, pinentry.Hello{Device: other, Key: keyID}) },
		"not a hello":    func(c *tls.Conn) { _ = frame.Send(c, pinentry.KindFailed, pinentry.Failed{}) },
		"nothing":        func(*tls.Conn) {},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T, l *lane) {
				conn, ended := l.dial(t.Context())
				go greet(conn)
				began := time.Now()
				if err := <-ended; err == nil || time.Since(began) > pinentry.HandshakeDeadline {
					t.Errorf("%v after %v", err, time.Since(began))
				}
				_ = conn.NetConn().Close()
				l.expect()
				if l.Refused() != 1 {
					t.Errorf("counted %d times", l.Refused())
				}
			})
		})
	}
}

func TestTheEndOfTheKernelEndsTheSessionAlsoWhileItLoadsAKey(t *testing.T) {
	in(t, func(t *testing.T, l *lane) {
		ctx, cancel := context.WithCancel(t.Context())
		p, ended := l.loading(ctx)
		cancel()
		if err := <-ended; err == nil {
			t.Error("no reason")
		}
		l.expect()
		_ = p.Conn.NetConn().Close()
	})
}
