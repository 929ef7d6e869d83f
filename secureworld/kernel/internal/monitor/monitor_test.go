package monitor

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

var errCore = errors.New("the core does not answer")

// core is scripted: it writes down what it is asked.
type core struct {
	order  sync.Mutex // see ordered
	asked  []transaction.Event
	answer transaction.Reply
	err    error
	hangs  bool
}

func (c *core) Ask(ctx context.Context, command func(uint64) transaction.Event) (transaction.Reply, error) {
	c.order.Lock()
	c.asked = append(c.asked, command(7))
	c.order.Unlock()
	if c.hangs {
		<-ctx.Done()
		return transaction.Reply{}, ctx.Err()
	}
	return c.answer, c.err
}

type gate struct {
	*Monitor
	t    *testing.T
	core *core
}

var measured = App{Measured: true, Digest: [32]byte{1, 2, 3}}

func newGate(t *testing.T) *gate {
	t.Helper()
	c := &core{answer: transaction.Reply{View: mailbox.View{Version: 5}}}
	describe := func(a App) mailbox.Description {
		return mailbox.Description{AppMeasured: a.Measured, AppDigest: a.Digest}
	}
	return &gate{New(Config{Core: c, Events: NewEvents(), Describe: describe}), t, c}
}

// session begins one; the app world's end is returned.
func (g *gate) session() (net.Conn, chan error) {
	near, far := net.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- g.Serve(g.t.Context(), near, measured) }()
	return far, ended
}

// in runs a test in a bubble with one session, which is closed at its end.
func in(t *testing.T, f func(t *testing.T, g *gate, app net.Conn)) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		app, ended := g.session()
		f(t, g, app)
		_ = app.Close()
		<-ended
	})
}

func TestEveryCommandReachesTheCoreAndItsAnswerTheAppWorld(t *testing.T) {
	overEveryCarrier(t, func(t *testing.T, g *gate, conn net.Conn) {
		app := mailbox.NewClient(conn)
		start := mailbox.Start{ID: payment.ID{1}, Type: payment.TypeSale, Amount: 1234, Currency: payment.EUR, TimeoutSeconds: 60}
		for _, f := range []func() (mailbox.View, error){
			func() (mailbox.View, error) { return app.Start(start) },
			func() (mailbox.View, error) { return app.Cancel(payment.ID{2}) },
			func() (mailbox.View, error) { return app.Status(payment.ID{3}) },
		} {
			if v, err := f(); err != nil || v.Version != 5 {
				t.Errorf("%+v, %v", v, err)
			}
		}
		want := []transaction.Event{transaction.Start{Reply: 7, Start: start}, transaction.Cancel{Reply: 7, ID: payment.ID{2}}, transaction.Status{Reply: 7, ID: payment.ID{3}}}
		if !slices.Equal(g.core.asked, want) {
			t.Errorf("%+v", g.core.asked)
		}
		if d, err := app.Describe(); err != nil || !d.AppMeasured || d.AppDigest != measured.Digest {
			t.Errorf("%+v, %v", d, err)
		}
		if err := app.Ping(99); err != nil {
			t.Error(err)
		}
		if g.Refused() != 0 || len(g.core.asked) != 3 {
			t.Errorf("%d refused, %d asked", g.Refused(), len(g.core.asked))
		}
	})
}

func TestABatchIsAskedForThroughTheCore(t *testing.T) {
	overEveryCarrier(t, func(t *testing.T, g *gate, conn net.Conn) {
		app := mailbox.NewClient(conn)
		g.core.answer = transaction.Reply{Batch: mailbox.BatchView{Batch: 3, Differences: 1},
			Different: mailbox.Different{Present: true, RRN: 9}}
		for _, f := range []func() (mailbox.BatchView, error){
			func() (mailbox.BatchView, error) { return app.Settle(3) },
			func() (mailbox.BatchView, error) { return app.Batch(3) },
		} {
			if v, err := f(); err != nil || v.Batch != 3 || v.Differences != 1 {
				t.Errorf("%+v, %v", v, err)
			}
		}
		if d, err := app.Difference(3, 0); err != nil || !d.Present || d.RRN != 9 {
			t.Errorf("%+v, %v", d, err)
		}
		want := []transaction.Event{transaction.Settle{Reply: 7, Settle: mailbox.Settle{Batch: 3}},
			transaction.Batch{Reply: 7, Batch: mailbox.Batch{Batch: 3}}, transaction.Difference{Reply: 7, Difference: mailbox.Difference{Batch: 3}}}
		if !slices.Equal(g.core.asked, want) {
			t.Errorf("%+v", g.core.asked)
		}
	})
}

// refusedWith sends a frame and wants this refusal, counted once, without the
// core being asked, in a session that goes on.
func (g *gate) refusedWith(conn net.Conn, kind byte, body []byte, want mailbox.Code) {
	g.t.Helper()
	before, asked := g.Refused(), len(g.core.asked)
	if err := frame.Write(conn, kind, body); err != nil {
		g.t.Fatal(err)
	}
	got, answer, err := frame.Read(conn, mailbox.MaxBody)
	var r mailbox.Refused
	if err != nil || got != mailbox.KindRefused || frame.Parse(answer, &r) != nil || r.Code != want {
		g.t.Errorf("kind %02x, %d bytes: answered %02x %v, %v", kind, len(body), got, r.Code, err)
	}
	if g.Refused() != before+1 || len(g.core.asked) != asked {
		g.t.Errorf("kind %02x: counted %d, asked %d", kind, g.Refused()-before, len(g.core.asked)-asked)
	}
}

func TestEveryOtherKindIsRefused(t *testing.T) {
	overEveryCarrier(t, func(t *testing.T, g *gate, conn net.Conn) {
		for kind := range 256 {
			switch {
			case kind >= int(mailbox.KindDescribe) && kind <= int(mailbox.KindPing):
			case kind == int(mailbox.KindKeys):
				g.refusedWith(conn, byte(kind), nil, mailbox.CodeMalformed)
			case kind >= int(mailbox.KindSettle) && kind <= int(mailbox.KindDifference):
				g.refusedWith(conn, byte(kind), nil, mailbox.CodeMalformed)
			case kind == int(mailbox.KindOpenRing): // without a body it is no refusal
				g.refusedWith(conn, byte(kind), []byte{0}, mailbox.CodeMalformed)
			case kind == int(mailbox.KindAttest), kind == int(mailbox.KindProve):
				g.refusedWith(conn, byte(kind), nil, mailbox.CodeMalformed)
				g.refusedWith(conn, byte(kind), make([]byte, 32), mailbox.CodeServices) // this gate has no witness
			case kind >= int(mailbox.KindGenerate) && kind <= int(mailbox.KindDeleteData):
				g.refusedWith(conn, byte(kind), nil, mailbox.CodeServices) // this gate has none
			default:
				g.refusedWith(conn, byte(kind), nil, mailbox.CodeUnknownKind)
			}
		}
	})
}

// questions are well-formed ones by kind.
func questions() map[byte]any {
	return map[byte]any{mailbox.KindDescribe: mailbox.Describe{}, mailbox.KindStart: mailbox.Start{Type: payment.TypeSale, Amount: 1, Currency: payment.EUR},
		mailbox.KindCancel: mailbox.Cancel{}, mailbox.KindStatus: mailbox.Status{}, mailbox.KindEvents: mailbox.Events{}, mailbox.KindPing: mailbox.Ping{}}
}

func TestMalformedBodiesAreRefused(t *testing.T) {
	overEveryCarrier(t, func(t *testing.T, g *gate, conn net.Conn) {
		for kind, q := range questions() {
			good, err := frame.Append(nil, q)
			if err != nil {
				t.Fatal(err)
			}
			g.refusedWith(conn, kind, append(good[:len(good):len(good)], 0), mailbox.CodeMalformed)
			if len(good) > 0 {
				g.refusedWith(conn, kind, good[:len(good)-1], mailbox.CodeMalformed)
				g.refusedWith(conn, kind, nil, mailbox.CodeMalformed)
			}
			if err := frame.Write(conn, kind, good); err != nil { // twin
				t.Fatal(err)
			}
			if got, _, err := frame.Read(conn, mailbox.MaxBody); err != nil || got != kind|0x80 {
				t.Errorf("twin of kind %02x: %02x, %v", kind, got, err)
			}
		}
		for _, bad := range []mailbox.Start{{Type: 200, Amount: 1}, {Type: payment.TypeSale, Amount: -1}, {Type: payment.TypeSale, Amount: payment.MaxAmount + 1}, {Currency: 65535}} {
			body, _ := frame.Append(nil, bad)
			g.refusedWith(conn, mailbox.KindStart, body, mailbox.CodeMalformed)
		}
	})
}

func TestARefusalOfTheCoreIsToldWithThePaymentInTheWay(t *testing.T) {
	overEveryCarrier(t, func(t *testing.T, g *gate, conn net.Conn) {
		g.core.answer = transaction.Reply{Refused: mailbox.CodeBusy, Other: payment.ID{4}}
		_, err := mailbox.NewClient(conn).Start(mailbox.Start{})
		var refused *mailbox.RefusedError
		if !errors.As(err, &refused) || refused.Code != mailbox.CodeBusy || refused.ID != (payment.ID{4}) || g.Refused() != 1 {
			t.Errorf("%v, %d", err, g.Refused())
		}
	})
}

// A refusal would say that nothing was changed, and nobody knows that.
func TestACoreThatDoesNotAnswerEndsTheSessionInTimeAndRefusesNothing(t *testing.T) {
	for _, hangs := range []bool{false, true} {
		in(t, func(t *testing.T, g *gate, conn net.Conn) {
			g.core.err, g.core.hangs = errCore, hangs
			began := time.Now()
			_, err := mailbox.NewClient(conn).Start(mailbox.Start{})
			var refused *mailbox.RefusedError
			if err == nil || errors.As(err, &refused) || time.Since(began) > answerDeadline {
				t.Errorf("%v after %v", err, time.Since(began))
			}
		})
	}
}

func TestSessionsAreBoundedAndThePlaceOfAnEndedOneIsFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		var apps []net.Conn
		var ends []chan error
		for range mailbox.MaxSessions {
			app, ended := g.session()
			apps, ends = append(apps, app), append(ends, ended)
		}
		synctest.Wait()
		extra, ended := g.session()
		_, answer, err := frame.Read(extra, mailbox.MaxBody)
		var r mailbox.Refused
		if err != nil || frame.Parse(answer, &r) != nil || r.Code != mailbox.CodeTooManySessions {
			t.Errorf("%v, %v", r.Code, err)
		}
		if err := <-ended; !errors.Is(err, errSessions) || g.Refused() != 1 {
			t.Errorf("%v, %d", err, g.Refused())
		}
		if _, err := extra.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("still open: %v", err)
		}
		for _, app := range apps { // the others are served
			if err := mailbox.NewClient(app).Ping(1); err != nil {
				t.Error(err)
			}
		}
		_ = apps[0].Close()
		<-ends[0]
		next, ended := g.session()
		if err := mailbox.NewClient(next).Ping(1); err != nil {
			t.Errorf("the successor: %v", err)
		}
		for i, app := range append(apps[1:], next) {
			_ = app.Close()
			<-append(slices.Clone(ends[1:]), ended)[i]
		}
	})
}

// A05, A13: a peer that floods, drips or lies about a length loses its session,
// and nobody else does.
func TestAFrameThatIsNotFinishedOrNotOneEndsTheSession(t *testing.T) {
	for name, b := range map[string][]byte{
		"half a header":   {frame.Version, mailbox.KindPing},
		"half a body":     {frame.Version, mailbox.KindPing, 0, 8, 1},
		"over the limit":  {frame.Version, mailbox.KindPing, 0xff, 0xff},
		"another version": {9, mailbox.KindPing, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(t)
				bad, ended := g.session()
				good, goodEnded := g.session()
				time.Sleep(time.Hour) // silence alone is no fault
				began := time.Now()
				go func() { _, _ = bad.Write(b) }()
				if err := <-ended; err == nil || time.Since(began) > mailbox.FrameDeadline {
					t.Errorf("%v after %v", err, time.Since(began))
				}
				if g.Refused() != 1 || len(g.core.asked) != 0 {
					t.Errorf("counted %d, asked %d", g.Refused(), len(g.core.asked))
				}
				if err := mailbox.NewClient(good).Ping(1); err != nil {
					t.Error(err)
				}
				_ = good.Close()
				<-goodEnded
			})
		})
	}
}

func TestAnAppWorldThatReadsNothingLosesItsSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		app, ended := g.session()
		if err := frame.Send(app, mailbox.KindPing, mailbox.Ping{}); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := <-ended; err == nil || time.Since(began) != mailbox.FrameDeadline {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		_ = app.Close()
	})
}

func TestTheEndOfTheKernelEndsEverySession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		ctx, cancel := context.WithCancel(t.Context())
		near, far := net.Pipe()
		ended := make(chan error, 1)
		go func() { ended <- g.Serve(ctx, near, App{}) }()
		go func() { _, _ = mailbox.NewClient(far).Events(0, 0) }()
		synctest.Wait()
		cancel()
		if err := <-ended; err == nil {
			t.Error("no reason")
		}
	})
}
