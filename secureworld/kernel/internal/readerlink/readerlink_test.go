package readerlink

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
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
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

var device = orderauth.DeviceID{1, 2, 3, 4, 5, 6, 7, 8}

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
	l.door = New(Config{TLS: config, Device: device, Orders: l.block, Parameters: inForce(), Post: l.Post, Refuse: l.Refuse})
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
	p := linktest.NewPeer(l.t, conn, l.block, orderauth.DoorSRED, device, orderauth.Nonce{nonce})
	p.Send(sred.KindHello, sred.Hello{Device: device, Nonce: orderauth.Nonce{nonce}, Ready: true})
	var w sred.Welcome
	p.Expect(sred.KindWelcome, &w)
	if w.Device != device {
		l.t.Fatalf("welcome to %x", w.Device)
	}
	l.configured(p)
	return p, ended
}

func inForce() sred.Configure {
	return sred.Configure{Version: 7, Document: bytes.Repeat([]byte("parameters"), 6000)}
}

// configured takes the parameters over, which are the first order.
func (l *lane) configured(p *linktest.Peer) {
	l.t.Helper()
	var c sred.Configure
	p.ExpectOrder(sred.KindConfigure, &c)
	if !reflect.DeepEqual(c, inForce()) {
		l.t.Fatalf("version %d, %d bytes", c.Version, len(c.Document))
	}
	p.Send(sred.KindConfigured, sred.Configured{Version: c.Version, Digest: sha256.Sum256(c.Document)})
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
		l.expect(transaction.ReaderUp{Ready: true})
		envelope := sred.Envelope{KSN: [12]byte{3}, Number: 2}
		p.Send(sred.KindProgress, sred.Progress{Order: sred.OrderID{1}, Stage: sred.StageReading})
		p.Send(sred.KindVerify, sred.Verify{Order: sred.OrderID{1}, Envelope: envelope})
		chain := sred.ChainEnvelope{KSN: [12]byte{4}, Sealed: [sred.SealedChainSize]byte{5}}
		p.Send(sred.KindVerifyOffline, sred.VerifyOffline{Order: sred.OrderID{1}, Tries: 3, Envelope: chain})
		p.Send(sred.KindChoose, sred.Choose{Order: sred.OrderID{1}, Count: 2, Confirm: true})
		p.Send(sred.KindOnline, sred.Online{Order: sred.OrderID{1}, Envelope: envelope})
		p.Send(sred.KindFinished, sred.Finished{Order: sred.OrderID{1}, Result: sred.CardDeclined})
		p.Send(sred.KindFailed, sred.Failed{Order: sred.OrderID{1}, Code: sred.CodeTimeout})
		l.expect(transaction.ReaderProgress{Order: sred.OrderID{1}, Stage: sred.StageReading},
			transaction.ReaderVerify{Order: sred.OrderID{1}, Envelope: envelope},
			transaction.ReaderVerifyOffline{Order: sred.OrderID{1}, Tries: 3, Envelope: chain},
			transaction.ReaderChoose{Order: sred.OrderID{1}, Count: 2, Confirm: true},
			transaction.ReaderOnline{Order: sred.OrderID{1}, Envelope: envelope},
			transaction.ReaderFinished{Order: sred.OrderID{1}, Result: sred.CardDeclined},
			transaction.ReaderFailed{Order: sred.OrderID{1}, Code: sred.CodeTimeout})
		_ = p.Conn.Close()
		<-ended
		l.expect(transaction.ReaderDown{})
		if l.Refused() != 0 {
			t.Errorf("%d refused", l.Refused())
		}
	})
}

func TestOrdersVerifyAtTheReaderAndTheDigestIsThatOfWhatItReceived(t *testing.T) {
	in(t, func(t *testing.T, l *lane) {
		p, ended := l.session(7)
		defer func() { _ = p.Conn.Close(); <-ended }()
		take := sred.Take{Order: sred.OrderID{5}, Amount: 1234, Unpredictable: [4]byte{1, 2, 3, 4}}
		digests := make(chan [32]byte, 2)
		go func() {
			for range 2 {
				d, err := l.door.Take(take)
				if err != nil {
					t.Error(err)
				}
				digests <- d
			}
			for _, err := range []error{l.door.PINDone(sred.PINDone{Result: sred.PINBypassed}), l.door.Answer(sred.Answer{IssuerAuth: []byte("91")}),
				l.door.Stop(sred.Stop{Order: sred.OrderID{6}}), l.door.Show(sred.Show{Text: sred.TextDeclined}), l.door.Chosen(sred.Chosen{Choice: 2})} {
				if err != nil {
					t.Error(err)
				}
			}
		}()
		var got sred.Take
		first := p.ExpectOrder(sred.KindTake, &got)
		second := p.ExpectOrder(sred.KindTake, &got)
		if a, b := <-digests, <-digests; got != take || a != sred.OrderDigest(first) || b != sred.OrderDigest(second) || a == b {
			t.Errorf("%+v; digests %x, %x", got, a, b)
		}
		var done sred.PINDone
		var answer sred.Answer
		var stop sred.Stop
		var show sred.Show
		p.ExpectOrder(sred.KindPINDone, &done)
		p.ExpectOrder(sred.KindAnswer, &answer)
		p.ExpectOrder(sred.KindStop, &stop)
		p.ExpectOrder(sred.KindShow, &show)
		var chosen sred.Chosen
		p.ExpectOrder(sred.KindChosen, &chosen)
		if chosen.Choice != 2 {
			t.Errorf("choice %d", chosen.Choice)
		}
		if done.Result != sred.PINBypassed || string(answer.IssuerAuth) != "91" || stop.Order != (sred.OrderID{6}) || show.Text != sred.TextDeclined {
			t.Errorf("%+v %+v %+v %+v", done, answer, stop, show)
		}
	})
}

func TestASecondSessionReplacesTheFirst(t *testing.T) {
	in(t, func(t *testing.T, l *lane) {
		first, firstEnded := l.session(1)
		second, secondEnded := l.session(2)
		l.expect(transaction.ReaderUp{Ready: true}, transaction.ReaderDown{}, transaction.ReaderUp{Ready: true})
		first.ExpectEnd()
		<-firstEnded
		l.expect() // its end is not the second's
		go func() { _, _ = l.door.Take(sred.Take{Order: sred.OrderID{1}}) }()
		var take sred.Take
		second.ExpectOrder(sred.KindTake, &take) // under the second's nonce
		_ = second.Conn.Close()
		<-secondEnded
		l.expect(transaction.ReaderDown{})
		if _, err := l.door.Take(take); err != ErrDown {
			t.Errorf("an order without a session: %v", err)
		}
	})
}

// The core is slow while sessions follow each other: nothing of a replaced
// session comes behind its successor's beginning. Without a bubble: waiting for a
// mutex keeps a bubble's clock from going on.
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
				p.Send(sred.KindProgress, sred.Progress{Order: sred.OrderID{n}})
			}
		}()
		all, last = append(all, ended), p
	}
	time.Sleep(50 * time.Millisecond)
	_ = last.Conn.NetConn().Close()
	for _, ended := range all {
		<-ended
	}
	checkOrder(t, l.Take(), sessions)
}

// checkOrder wants sessions one after the other, none after a later one, the last
// among them. One that was overtaken may be missing.
func checkOrder(t *testing.T, events []transaction.Event, sessions int) {
	t.Helper()
	up, session, last := false, -1, -1 // session: of the messages since up
	for i, e := range events {
		switch e := e.(type) {
		case transaction.ReaderUp:
			if up {
				t.Fatalf("event %d: up twice", i)
			}
			up, session = true, -1
		case transaction.ReaderDown:
			if !up {
				t.Fatalf("event %d: down twice", i)
			}
			up = false
		case transaction.ReaderProgress:
			n := int(e.Order[0])
			if !up || session >= 0 && n != session || n < last {
				t.Fatalf("event %d: a message of session %d, and there was one of %d", i, n, last)
			}
			session, last = n, n
		}
	}
	if up || last != sessions-1 {
		t.Fatalf("up %v, the last session is %d of %d", up, last, sessions)
	}
}

// A05: each ends its session, is counted once, and changes nothing; the twin is
// the session above.
func TestFramesThatAreNotPermittedEndTheSession(t *testing.T) {
	for name, bad := range map[string]func(p *linktest.Peer){
		"a second hello":    func(p *linktest.Peer) { p.Send(sred.KindHello, sred.Hello{Device: device}) },
		"an order":          func(p *linktest.Peer) { p.Send(sred.KindTake, sred.Take{}) },
		"an unknown kind":   func(p *linktest.Peer) { p.Send(0x7f, sred.Welcome{}) },
		"a body too short":  func(p *linktest.Peer) { _ = frame.Write(p.Conn, sred.KindProgress, make([]byte, 16)) },
		"a body too long":   func(p *linktest.Peer) { _ = frame.Write(p.Conn, sred.KindProgress, make([]byte, 18)) },
		"an unknown stage":  func(p *linktest.Peer) { p.Send(sred.KindProgress, sred.Progress{Stage: 200}) },
		"an empty body":     func(p *linktest.Peer) { _ = frame.Write(p.Conn, sred.KindOnline, nil) },
		"a frame too long":  func(p *linktest.Peer) { _ = frame.Write(p.Conn, sred.KindOnline, make([]byte, sred.MaxFromReader+1)) },
		"another version":   func(p *linktest.Peer) { _, _ = p.Conn.Write([]byte{2, sred.KindProgress, 0, 0}) },
		"half a frame":      func(p *linktest.Peer) { _, _ = p.Conn.Write([]byte{1, sred.KindProgress, 0}) },
		"a dripping frame":  drip,
		"an oversize claim": func(p *linktest.Peer) { _, _ = p.Conn.Write([]byte{1, sred.KindProgress, 0xff, 0xff}) },
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T, l *lane) {
				p, ended := l.session(1)
				l.expect(transaction.ReaderUp{Ready: true})
				go bad(p)
				began := time.Now()
				if err := <-ended; err == nil || time.Since(began) > sred.FrameDeadline {
					t.Errorf("ended with %v after %v", err, time.Since(began))
				}
				_ = p.Conn.NetConn().Close()
				l.expect(transaction.ReaderDown{})
				if l.Refused() != 1 {
					t.Errorf("counted %d times", l.Refused())
				}
				again, end := l.session(2) // others are served
				_ = again.Conn.Close()
				<-end
				time.Sleep(time.Minute) // who drips finds out
			})
		})
	}
}

func drip(p *linktest.Peer) {
	for _, b := range []byte{1, sred.KindProgress, 0, 17, 0, 0, 0, 0} {
		if _, err := p.Conn.Write([]byte{b}); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

func TestAReaderThatGreetsWronglyGetsNoSession(t *testing.T) {
	other := device
	other[0]++
	for name, greet := range map[string]func(c *tls.Conn){
		"another device":    func(c *tls.Conn) { _ = frame.Send(c, sred.KindHello, sred.Hello{Device: other}) },
		"not a hello":       func(c *tls.Conn) { _ = frame.Send(c, sred.KindProgress, sred.Progress{}) },
		"a malformed hello": func(c *tls.Conn) { _ = frame.Write(c, sred.KindHello, make([]byte, 24)) },
		"nothing":           func(*tls.Conn) {},
		"half a hello":      func(c *tls.Conn) { _, _ = c.Write([]byte{1, sred.KindHello}) },
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T, l *lane) {
				conn, ended := l.dial(t.Context())
				go greet(conn)
				began := time.Now()
				if err := <-ended; err == nil || time.Since(began) > sred.HandshakeDeadline+5*time.Second {
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

// A session of a reader without these very parameters never begins.
func TestAReaderWithOtherParametersGetsNoSession(t *testing.T) {
	digest := sha256.Sum256(inForce().Document)
	for name, send := range map[string]func(p *linktest.Peer){
		"refused": func(p *linktest.Peer) {
			p.Send(sred.KindConfigured, sred.Configured{Version: 7, Digest: digest, Refused: true})
		},
		"another version":    func(p *linktest.Peer) { p.Send(sred.KindConfigured, sred.Configured{Version: 6, Digest: digest}) },
		"another document":   func(p *linktest.Peer) { p.Send(sred.KindConfigured, sred.Configured{Version: 7, Digest: [32]byte{1}}) },
		"another message":    func(p *linktest.Peer) { p.Send(sred.KindProgress, sred.Progress{}) },
		"a malformed answer": func(p *linktest.Peer) { _ = frame.Write(p.Conn, sred.KindConfigured, make([]byte, 36)) },
		"no answer":          func(*linktest.Peer) {},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T, l *lane) {
				conn, ended := l.dial(t.Context())
				p := linktest.NewPeer(t, conn, l.block, orderauth.DoorSRED, device, orderauth.Nonce{1})
				p.Send(sred.KindHello, sred.Hello{Device: device, Nonce: orderauth.Nonce{1}})
				var w sred.Welcome
				p.Expect(sred.KindWelcome, &w)
				var c sred.Configure
				p.ExpectOrder(sred.KindConfigure, &c)
				go send(p)
				began := time.Now()
				if err := <-ended; err == nil || time.Since(began) > sred.HandshakeDeadline {
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

func TestADeviceWithAnotherNameIsNotEvenGreeted(t *testing.T) {
	in(t, func(t *testing.T, l *lane) {
		l.name = "0000000000000000"
		conn, ended := l.dial(t.Context())
		if n, err := conn.Read(make([]byte, 1)); err == nil {
			t.Errorf("%d bytes", n)
		}
		if err := <-ended; err == nil {
			t.Error("served")
		}
		_ = conn.NetConn().Close()
		l.expect()
	})
}

func TestTheEndOfTheKernelEndsTheSession(t *testing.T) {
	in(t, func(t *testing.T, l *lane) {
		ctx, cancel := context.WithCancel(t.Context())
		conn, ended := l.dial(ctx)
		p := linktest.NewPeer(t, conn, l.block, orderauth.DoorSRED, device, orderauth.Nonce{})
		p.Send(sred.KindHello, sred.Hello{Device: device})
		var w sred.Welcome
		p.Expect(sred.KindWelcome, &w)
		l.configured(p)
		synctest.Wait()
		cancel()
		if err := <-ended; err == nil {
			t.Error("no reason")
		}
		l.expect(transaction.ReaderUp{}, transaction.ReaderDown{})
		_ = conn.NetConn().Close()
	})
}

// A reader that reads nothing holds an order up for the deadline, then loses its
// session.
func TestAStuckReaderLosesItsSession(t *testing.T) {
	in(t, func(t *testing.T, l *lane) {
		p, ended := l.session(1)
		began := time.Now()
		if err := l.door.Show(sred.Show{}); err == nil || time.Since(began) != sred.FrameDeadline {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		<-ended
		l.expect(transaction.ReaderUp{Ready: true}, transaction.ReaderDown{})
		_ = p.Conn.NetConn().Close()
	})
}
