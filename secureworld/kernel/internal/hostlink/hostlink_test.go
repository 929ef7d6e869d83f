package hostlink

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/hostframe"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/linktest"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

const terminal = "TERM0001"

// message is the shortest that this link knows: DE 11, DE 41 unless it is empty,
// and a MAC that nobody here verifies.
func message(mti uint16, stan uint32, tid string) []byte {
	b := binary.BigEndian.AppendUint16(nil, mti)
	bitmap := make([]byte, 8)
	bitmap[1], bitmap[7] = 0x20, 0x01
	if tid != "" {
		bitmap[5] = 0x80
	}
	b = append(b, bitmap...)
	for shift := uint32(100_000); shift > 0; shift /= 100 {
		b = append(b, byte(stan/shift%10<<4|stan/(shift/10)%10))
	}
	return append(append(b, tid...), make([]byte, 8)...)
}

func question(class transaction.Class, stan uint32) transaction.Question {
	return transaction.Question{Class: class, STAN: payment.STAN(stan)}
}

type line struct {
	*linktest.Events
	t    testing.TB
	link *Link
	ca   *linktest.Authority
}

func newLine(t testing.TB) *line {
	t.Helper()
	l := &line{Events: &linktest.Events{}, t: t, ca: linktest.NewAuthority(t)}
	id := l.ca.Certify(t, terminal)
	config, err := ClientConfig(id.Chain, l.ca.PEM(), linktest.ServerName, id.Key)
	if err != nil {
		t.Fatal(err)
	}
	l.link = New(Config{TLS: config, TerminalID: payment.TerminalID([]byte(terminal)), Post: l.Post, Strange: l.Refuse})
	return l
}

func (l *line) server(t testing.TB) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{l.ca.Certify(t, "acquirer").TLS},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: l.ca.Pool()}
}

// serve runs a connection of near to its end; the host's side is far.
func (l *line) serve(ctx context.Context, near, far net.Conn, config *tls.Config) (*tls.Conn, chan error) {
	l.t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- l.link.Serve(ctx, near) }()
	host := tls.Server(far, config)
	if err := host.HandshakeContext(ctx); err != nil {
		l.t.Fatal(err)
	}
	return host, ended
}

// up is a connection within a bubble.
func (l *line) up() (*tls.Conn, chan error) {
	l.t.Helper()
	near, far := net.Pipe()
	host, ended := l.serve(l.t.Context(), near, far, l.server(l.t))
	synctest.Wait()
	l.expect(transaction.HostUp{})
	return host, ended
}

// down ends it.
func (l *line) down(host *tls.Conn, ended chan error) {
	l.t.Helper()
	_ = host.NetConn().Close()
	<-ended
	l.expect(transaction.HostDown{})
}

func (l *line) expect(want ...transaction.Event) {
	l.t.Helper()
	synctest.Wait()
	if got := l.Take(); len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
		l.t.Fatalf("events %T%x, not %T%x", got, got, want, want)
	}
}

func (l *line) asked(host *tls.Conn, q transaction.Question, b []byte) {
	l.t.Helper()
	if err := l.link.Send(q, b); err != nil {
		l.t.Fatal(err)
	}
	if got, err := hostframe.Read(host); err != nil || !bytes.Equal(got, b) {
		l.t.Fatalf("%x, %v", got, err)
	}
}

func say(t testing.TB, w io.Writer, b []byte) {
	t.Helper()
	if err := hostframe.Write(w, b); err != nil {
		t.Fatal(err)
	}
}

func in(t *testing.T, f func(t *testing.T, l *line)) {
	synctest.Test(t, func(t *testing.T) { f(t, newLine(t)) })
}

func TestAnswersReachTheirQuestionByClassTerminalAndSTAN(t *testing.T) {
	in(t, func(t *testing.T, l *line) {
		host, ended := l.up()
		request, reversal, network := question(transaction.ClassRequest, 42), question(transaction.ClassReversal, 42), question(transaction.ClassNetwork, 42)
		advice := question(transaction.ClassAdvice, 42)
		l.asked(host, advice, message(0x0220, 42, terminal))
		l.asked(host, request, message(0x0200, 42, terminal))
		l.asked(host, reversal, message(0x0420, 42, terminal))
		l.asked(host, network, message(0x0800, 42, terminal))
		for _, c := range []struct {
			mti uint16
			q   transaction.Question
		}{{0x0810, network}, {0x0230, advice}, {0x0430, reversal}, {0x0210, request}} { // in another order
			answer := message(c.mti, 42, terminal)
			say(t, host, answer)
			l.expect(transaction.HostFrame{Question: c.q, Frame: answer})
		}
		l.down(host, ended)
	})
}

// A41, A44. The twin is above.
func TestAnswersThatNobodyWaitsForAreLate(t *testing.T) {
	in(t, func(t *testing.T, l *line) {
		host, ended := l.up()
		l.asked(host, question(transaction.ClassRequest, 42), message(0x0200, 42, terminal))
		for name, b := range map[string][]byte{
			"another STAN":                     message(0x0210, 43, terminal),
			"another class with the STAN":      message(0x0810, 42, terminal),
			"a reversal's answer":              message(0x0430, 42, terminal),
			"another terminal":                 message(0x0210, 42, "TERM0002"),
			"no terminal":                      message(0x0210, 42, ""),
			"a class that this link knows not": message(0x0510, 42, terminal),
		} {
			say(t, host, b)
			synctest.Wait()
			if got := l.Take(); !reflect.DeepEqual(got, []transaction.Event{transaction.HostLate{}}) {
				t.Errorf("%s: %T", name, got)
			}
		}
		answer := message(0x0210, 42, terminal)
		say(t, host, answer)
		l.expect(transaction.HostFrame{Question: question(transaction.ClassRequest, 42), Frame: answer})
		l.link.Forget(question(transaction.ClassRequest, 42))
		say(t, host, answer) // a double, after the first was believed
		l.expect(transaction.HostLate{})
		l.down(host, ended)
	})
}

func TestAnswersOfAnEarlierConnectionAreLate(t *testing.T) {
	in(t, func(t *testing.T, l *line) {
		host, ended := l.up()
		l.asked(host, question(transaction.ClassRequest, 42), message(0x0200, 42, terminal))
		l.down(host, ended)
		again, ended := l.up()
		say(t, again, message(0x0210, 42, terminal))
		l.expect(transaction.HostLate{})
		l.down(again, ended)
	})
}

func TestGarbageIsCountedAndChangesNothing(t *testing.T) {
	in(t, func(t *testing.T, l *line) {
		host, ended := l.up()
		q := question(transaction.ClassRequest, 42)
		l.asked(host, q, message(0x0200, 42, terminal))
		good := message(0x0210, 42, terminal)
		garbage := [][]byte{{1}, []byte("garbage"), good[:len(good)-1], append(bytes.Clone(good), 0), bytes.Repeat([]byte{0xff}, hostspec.MaxMessage), message(0x0210, 42, "\x01\x02\x03\x04\x05\x06\x07\x08")}
		for _, b := range garbage {
			say(t, host, b)
		}
		for range 3 {
			say(t, host, nil) // keep-alives are nothing
		}
		l.expect()
		if l.Refused() != len(garbage) {
			t.Errorf("%d counted of %d", l.Refused(), len(garbage))
		}
		say(t, host, good)
		l.expect(transaction.HostFrame{Question: q, Frame: good})
		l.down(host, ended)
	})
}

func TestFramesArriveWhateverTheStreamCutsThemInto(t *testing.T) {
	in(t, func(t *testing.T, l *line) {
		host, ended := l.up()
		q := question(transaction.ClassRequest, 42)
		l.asked(host, q, message(0x0200, 42, terminal))
		var merged bytes.Buffer
		answer := message(0x0210, 42, terminal)
		for range 3 {
			say(t, &merged, answer)
		}
		whole := bytes.Clone(merged.Bytes())
		want := []transaction.Event{transaction.HostFrame{Question: q, Frame: answer}, transaction.HostFrame{Question: q, Frame: answer}, transaction.HostFrame{Question: q, Frame: answer}}
		_, _ = host.Write(whole)
		l.expect(want...)
		for i := range whole { // one byte in each record of TLS
			_, _ = host.Write(whole[i : i+1])
		}
		l.expect(want...)
		l.down(host, ended)
	})
}

// A45, A46: what desynchronises the line or drips ends it.
func TestALineThatCannotBeReadOnIsEnded(t *testing.T) {
	for name, c := range map[string]struct {
		say     func(host *tls.Conn)
		strange int
	}{
		"a length over the limit": {func(h *tls.Conn) { _, _ = h.Write([]byte{0xff, 0xff}) }, 1},
		"one byte over":           {func(h *tls.Conn) { _, _ = h.Write([]byte{0x10, 0x01}) }, 1},
		"half a length":           {func(h *tls.Conn) { _, _ = h.Write([]byte{0}) }, 1},
		"a dripping frame":        {drip, 1},
		"a close in the middle": {func(h *tls.Conn) {
			_, _ = h.Write([]byte{0, 40, 2, 16})
			_ = h.NetConn().Close()
		}, 0},
		"a clean end": {func(h *tls.Conn) { _ = h.Close() }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T, l *line) {
				host, ended := l.up()
				l.asked(host, question(transaction.ClassRequest, 42), message(0x0200, 42, terminal))
				go func() { _, _ = io.Copy(io.Discard, host) }()
				go c.say(host)
				began := time.Now()
				if err := <-ended; err == nil || time.Since(began) > hostspec.FrameDeadline {
					t.Errorf("%v after %v", err, time.Since(began))
				}
				l.expect(transaction.HostDown{})
				if l.Refused() != c.strange {
					t.Errorf("counted %d times", l.Refused())
				}
				if err := l.link.Send(question(transaction.ClassRequest, 43), nil); !errors.Is(err, ErrDown) {
					t.Errorf("sent afterwards: %v", err)
				}
				_ = host.NetConn().Close()
				time.Sleep(time.Hour)
			})
		})
	}
}

func drip(h *tls.Conn) {
	for _, b := range append([]byte{0, 29}, message(0x0210, 42, terminal)...) {
		if _, err := h.Write([]byte{b}); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

// The host reads nothing: Send never waits, and when the queue is full or the
// deadline has passed the line is ended.
func TestAStuckHostBlocksNobody(t *testing.T) {
	t.Run("full queue", func(t *testing.T) {
		in(t, func(t *testing.T, l *line) {
			host, ended := l.up()
			began, sent := time.Now(), 0
			for ; l.link.Send(question(transaction.ClassNetwork, uint32(sent)), message(0x0800, 1, terminal)) == nil; sent++ {
				synctest.Wait()
			}
			if sent != writeQueue+1 || time.Since(began) != 0 {
				t.Errorf("%d messages queued in %v", sent, time.Since(began))
			}
			<-ended
			l.expect(transaction.HostDown{})
			_ = host.NetConn().Close()
		})
	})
	t.Run("deadline", func(t *testing.T) {
		in(t, func(t *testing.T, l *line) {
			host, ended := l.up()
			began := time.Now()
			if err := l.link.Send(question(transaction.ClassNetwork, 1), message(0x0800, 1, terminal)); err != nil {
				t.Fatal(err)
			}
			if <-ended; time.Since(began) != hostspec.FrameDeadline {
				t.Errorf("ended after %v", time.Since(began))
			}
			l.expect(transaction.HostDown{})
			_ = host.NetConn().Close()
		})
	})
	t.Run("drop", func(t *testing.T) {
		in(t, func(t *testing.T, l *line) {
			host, ended := l.up()
			_ = l.link.Send(question(transaction.ClassNetwork, 1), message(0x0800, 1, terminal))
			began := time.Now()
			l.link.Drop()
			if <-ended; time.Since(began) != 0 {
				t.Errorf("dropped after %v", time.Since(began))
			}
			l.expect(transaction.HostDown{})
			l.link.Drop() // nothing is there
			_ = host.NetConn().Close()
		})
	})
}

// The case in which iso8583-connection waits for ever: the peer closes about when
// sends time out, with many senders. Over real sockets, whose buffers fill.
func TestSendersAndAPeerThatClosesDoNotWaitForEachOther(t *testing.T) {
	l := newLine(t)
	config := l.server(t)
	for range 10 {
		near, far := sockets(t)
		host, ended := l.serve(t.Context(), near, far, config)
		done := make(chan struct{})
		const senders = 50
		for s := range uint32(senders) {
			go func() {
				for n := range uint32(20) {
					q := question(transaction.ClassRequest, s*100+n)
					_ = l.link.Send(q, message(0x0200, s*100+n, terminal))
					l.link.Forget(q)
				}
				done <- struct{}{}
			}()
		}
		go func() {
			for n := range uint32(200) {
				if hostframe.Write(host, message(0x0210, n, terminal)) != nil {
					break
				}
			}
			_ = far.Close()
		}()
		within(t, "a sender", senders, done)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			t.Fatal("the connection did not end")
		}
	}
}

func within[T any](t *testing.T, what string, n int, c <-chan T) {
	t.Helper()
	late := time.After(10 * time.Second)
	for range n {
		select {
		case <-c:
		case <-late:
			t.Fatalf("%s waits", what)
		}
	}
}

func sockets(t testing.TB) (near, far net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan net.Conn, 1)
	go func() { c, _ := l.Accept(); accepted <- c }()
	if near, err = (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	return near, <-accepted
}

// A slow core slows the line down and loses nothing.
func TestASlowCoreLosesNoAnswer(t *testing.T) {
	in(t, func(t *testing.T, l *line) {
		l.link.cfg.Post = func(e transaction.Event) { time.Sleep(time.Second); l.Post(e) }
		near, far := net.Pipe()
		host, ended := l.serve(t.Context(), near, far, l.server(t))
		time.Sleep(time.Minute)
		l.expect(transaction.HostUp{})
		q := question(transaction.ClassRequest, 7)
		l.asked(host, q, message(0x0200, 7, terminal))
		for range 100 {
			say(t, host, message(0x0210, 7, terminal))
		}
		time.Sleep(time.Hour)
		if got := l.Take(); len(got) != 100 {
			t.Errorf("%d answers", len(got))
		}
		_ = host.NetConn().Close()
		<-ended
	})
}

// A45.
func TestOnlyTheNamedHostOfTheNamedAuthorityIsSpokenTo(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, c *tls.Config, ca *linktest.Authority){
		"another authority": func(t *testing.T, c *tls.Config, _ *linktest.Authority) {
			c.Certificates = []tls.Certificate{linktest.NewAuthority(t).Certify(t, "acquirer").TLS}
		},
		"expired": func(t *testing.T, c *tls.Config, ca *linktest.Authority) {
			c.Certificates = []tls.Certificate{ca.Certify(t, "acquirer", linktest.Expired).TLS}
		},
		"another name": func(t *testing.T, c *tls.Config, ca *linktest.Authority) {
			c.Certificates = []tls.Certificate{ca.Certify(t, "acquirer", func(x *x509.Certificate) { x.DNSNames = []string{"other.test"} }).TLS}
		},
		"TLS 1.2": func(_ *testing.T, c *tls.Config, _ *linktest.Authority) {
			c.MinVersion, c.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
		},
	} {
		l := newLine(t)
		config := l.server(t)
		change(t, config, l.ca)
		near, far := sockets(t) // both ends have something to say at the same time
		go func() { _ = tls.Server(far, config).HandshakeContext(t.Context()); _ = far.Close() }()
		if err := l.link.Serve(t.Context(), near); err == nil || !strings.Contains(err.Error(), "handshake") {
			t.Errorf("%s: %v", name, err)
		}
		if len(l.Take()) != 0 {
			t.Errorf("%s: told of a connection", name)
		}
	}
}

func TestAHostThatDoesNotShakeHandsIsLeft(t *testing.T) {
	in(t, func(t *testing.T, l *line) {
		near, far := net.Pipe()
		defer far.Close()
		began := time.Now()
		if err := l.link.Serve(t.Context(), near); err == nil || time.Since(began) != handshakeDeadline {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		l.expect()
	})
}

func TestTheEndOfTheKernelEndsTheLine(t *testing.T) {
	in(t, func(t *testing.T, l *line) {
		ctx, cancel := context.WithCancel(t.Context())
		near, far := net.Pipe()
		host, ended := l.serve(ctx, near, far, l.server(t))
		l.expect(transaction.HostUp{})
		cancel()
		<-ended
		l.expect(transaction.HostDown{})
		_ = host.NetConn().Close()
	})
}

func TestAMalformedCertificateIsRefusedAtTheStart(t *testing.T) {
	ca := linktest.NewAuthority(t)
	id := ca.Certify(t, terminal)
	if _, err := ClientConfig("", ca.PEM(), "x", id.Key); err == nil {
		t.Error("no certificate")
	}
	if _, err := ClientConfig(id.Chain, "", "x", id.Key); err == nil {
		t.Error("no authority")
	}
}

// BenchmarkExchange is questions and their answers over TLS and TCP, 8 in flight.
// The host answers in the same process, so the link alone is faster.
func BenchmarkExchange(b *testing.B) {
	l := newLine(b)
	answered := make(chan struct{}, 64)
	up := make(chan struct{})
	l.link.cfg.Post = func(e transaction.Event) {
		switch e.(type) {
		case transaction.HostUp:
			close(up)
		case transaction.HostFrame:
			answered <- struct{}{}
		case transaction.HostLate:
			b.Error("late")
		}
	}
	near, far := sockets(b)
	host, ended := l.serve(b.Context(), near, far, l.server(b))
	<-up
	go answerAll(host)
	b.ResetTimer()
	const inFlight = 8
	for n := range uint32(b.N) {
		if n >= inFlight {
			<-answered
			l.link.Forget(question(transaction.ClassRequest, (n-inFlight)%1_000_000))
		}
		if err := l.link.Send(question(transaction.ClassRequest, n%1_000_000), message(0x0200, n%1_000_000, terminal)); err != nil {
			b.Fatal(err)
		}
	}
	for range min(b.N, inFlight) {
		<-answered
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
	_ = far.Close()
	<-ended
}

func answerAll(host io.ReadWriter) {
	for {
		m, err := hostframe.Read(host)
		if err != nil {
			return
		}
		m[1] = 0x10
		if hostframe.Write(host, m) != nil {
			return
		}
	}
}

// BenchmarkMatch is the link's own part: reading and matching frames that are
// there already.
func BenchmarkMatch(b *testing.B) {
	l := newLine(b)
	posted := 0
	l.link.cfg.Post = func(transaction.Event) { posted++ }
	l.link.asking[question(transaction.ClassRequest, 42)] = true
	answer := message(0x0210, 42, terminal)
	for b.Loop() {
		l.link.deliver(answer)
	}
	if posted != b.N {
		b.Errorf("%d of %d", posted, b.N)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "frames/s")
}
