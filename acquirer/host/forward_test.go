package host_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"

	"github.com/strongroom-pos/strongroom/acquirer/host"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/profile"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testdb"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
	"github.com/strongroom-pos/strongroom/acquirer/internal/upstream"
	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// Times of the tests: how long is waited at most for what must come, and how long for an
// answer that does not.
const (
	forwardWait = 60 * time.Second
	inVain      = 300 * time.Millisecond
)

// hasty is a line on which answers that will not come are not waited for long.
type hasty struct {
	host.Upstream
	mu   sync.Mutex
	vain map[string][]bool // by MTI, in turn
}

func (l *hasty) Ask(ctx context.Context, m *codec.Message) (*codec.Message, error) {
	l.mu.Lock()
	list := l.vain[m.MTI]
	vain := len(list) > 0 && list[0]
	l.vain[m.MTI] = list[min(1, len(list)):]
	l.mu.Unlock()
	if vain {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, inVain)
		defer cancel()
	}
	return l.Upstream.Ask(ctx, m)
}

// next has upstream treat the next messages of a type so.
func (b *forwardBench) next(mti string, manners ...testlane.Manner) {
	b.there.Next(mti, manners...)
	b.hasty.mu.Lock()
	defer b.hasty.mu.Unlock()
	for _, m := range manners {
		b.hasty.vain[mti] = append(b.hasty.vain[mti], m == testlane.UpstreamLoses || m == testlane.UpstreamBooksSilent || m == testlane.UpstreamBooksLate)
	}
}

// forwardBench is a host that has an upstream host in another dialect decide.
type forwardBench struct {
	*bench
	there  *testlane.Upstream
	link   *upstream.Link
	hasty  *hasty
	wait   time.Duration // after twice this a question counts as given up
	client *testlane.Card
	log    *lines
	halt   func() // line and engine, not the host
	stop   func()
}

// lines is a log.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.b.Bytes())
}

func otherDialect(t *testing.T) *profile.Profile {
	t.Helper()
	f, err := os.Open("../hostspec/profile/testdata/example.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := profile.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func newForwardBench(t *testing.T) *forwardBench {
	t.Helper()
	b := &forwardBench{bench: &bench{T: t, lane: testlane.Start(t), path: testdb.Name(t)}, log: &lines{}, wait: forwardWait}
	b.terminal = b.lane.NewTerminal(t, 0)
	b.there = testlane.StartUpstream(t, otherDialect(t))
	b.client, _ = b.lane.NewCard(t, testlane.PAN1, "1234", 0, "approve")
	b.start(nil)
	t.Cleanup(func() { b.stop() })
	return b
}

// start opens the host; before, if it is not nil, stands between it and the line.
func (b *forwardBench) start(before func(host.Upstream) host.Upstream) {
	b.Helper()
	link, err := upstream.New(upstream.Config{Address: b.there.Address, TLS: b.there.Client(b), Profile: otherDialect(b.T),
		Patience: forwardWait, Log: slog.New(slog.NewTextHandler(b.log, nil))})
	if err != nil {
		b.Fatal(err)
	}
	b.hasty = &hasty{Upstream: link, vain: map[string][]bool{}}
	var to host.Upstream = b.hasty
	if before != nil {
		to = before(b.hasty)
	}
	h, err := host.Open(context.Background(), host.Config{
		Database: b.path, Terminals: b.lane.Terminals(2), Elements: b.lane.Client, Now: time.Now,
		Forwarding: &host.Forwarding{To: to, Patience: b.wait, Retry: 20 * time.Millisecond},
	})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { link.Run(ctx) })
	wg.Go(func() { h.Forward(ctx) })
	b.host, b.link = h, link
	halt := sync.OnceFunc(func() { cancel(); wg.Wait() })
	b.halt, b.stop = halt, sync.OnceFunc(func() { halt(); _ = h.Close() })
	b.until("the line is up", func() bool { return link.Counters().Connected })
}

func (b *forwardBench) until(what string, done func() bool) {
	b.Helper()
	for end := time.Now().Add(forwardWait); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			b.Fatalf("never: %s", what)
		}
	}
}

func (b *forwardBench) pending() host.Pending {
	b.Helper()
	p, err := b.host.Pending(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	return p
}

func (b *forwardBench) settled() {
	b.Helper()
	b.until("nothing is pending upstream", func() bool { p := b.pending(); return p.Asked+p.Reversals == 0 })
}

// agree holds a payment's books here and there against what it must be, and all of them
// against each other.
func (b *forwardBench) agree(m testlane.Message, want int64) {
	b.Helper()
	b.books(m, want)
	one, all := b.there.Net(m.Fields)
	l, err := b.host.Ledger(context.Background())
	if err != nil || one != want || l.IssuerDebits != all || len(l.Broken) != 0 {
		b.Fatalf("upstream has %d of it and %d of all, we have %d of all; %v (%v)", one, all, l.IssuerDebits, l.Broken, err)
	}
}

func (b *forwardBench) sale(amount int64) testlane.Message {
	return b.terminal.Sale(b, b.client, amount, b.client.PIN)
}

func TestASaleIsDecidedUpstreamInItsDialectAndBookedHere(t *testing.T) {
	b := newForwardBench(t)
	m := b.sale(1299)
	a := b.wants(m, hostspec.ResponseApproved)
	b.agree(m, 1299)
	if a.String(38) != "UP0001" {
		t.Errorf("approval code %q", a.String(38))
	}
	if icc, _ := a.Get(55); !bytes.Equal(icc, []byte{0x8A, 2, '0', '0', 0x91, 8, 1, 2, 3, 4, 5, 6, 7, 8}) {
		t.Errorf("DE 55 %x", icc)
	}
	got := b.there.Seen()[0]
	if got.String(2) != testlane.PAN1 || got.String(14) != "4912" || got.String(37) != m.Fields.String(37) || got.Has(48) || got.Has(64) {
		t.Error("upstream got something else")
	}
	var block element.PINBlock
	raw, _ := got.Get(52)
	copy(block[:], raw)
	offset, err := b.lane.Client.PINOffset(context.Background(), element.PINOffset{Block: block, PAN: []byte(testlane.PAN1)})
	if err != nil {
		t.Fatalf("the PIN block is not under the zone's key: %v", err)
	}
	_, p := b.lane.NewCard(t, testlane.PAN1, "1234", 0, "approve")
	if string(offset.Offset) != p.PINOffset {
		t.Error("another PIN")
	}
	if again := b.frame(m); !bytes.Equal(again, b.frame(m)) || len(b.there.Seen()) != 1 {
		t.Error("the same bytes were asked again, or answered otherwise")
	}
	swiped := b.terminal.SaleBy(t, hostspec.EntryStripe, b.client, 300, "")
	b.wants(swiped, hostspec.ResponseApproved)
	if track := b.there.Seen()[1]; track.Has(2) || track.String(35)[:22] != testlane.PAN1+"=49122" {
		t.Error("the stripe came otherwise")
	}
	b.agree(swiped, 300)
}

func TestADeclineUpstreamIsToldByTheProfilesTableAndBooksNothing(t *testing.T) {
	b := newForwardBench(t)
	b.next(hostspec.MTIRequest, testlane.UpstreamDeclines)
	m := b.sale(100)
	b.wants(m, hostspec.ResponseInsufficientFunds)
	b.agree(m, 0)
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, m), hostspec.ResponseApproved)
	wrong := b.terminal.Finish(t, draftOf(b.terminal, b.client), b.client, "")
	b.wants(wrong, hostspec.ResponseApproved) // whether a PIN is missing is for upstream to say
	if len(b.there.Seen()) != 2 {
		t.Error("a reversal of what was declined went upstream")
	}
}

func draftOf(t *testlane.Terminal, c *testlane.Card) *codec.Message {
	m, _ := t.Draft(hostspec.EntryChip, c, 100)
	return m
}

func TestARefundIsDecidedUpstream(t *testing.T) {
	b := newForwardBench(t)
	draft, account := b.terminal.Draft(hostspec.EntryChip, b.client, 250)
	draft.SetString(3, hostspec.ProcessingRefund)
	m := b.terminal.FinishAs(t, draft, b.client, "", account)
	b.wants(m, hostspec.ResponseApproved)
	b.agree(m, -250)
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, m), hostspec.ResponseApproved)
	b.settled()
	b.agree(m, 0)
}

// Whatever became of the question, nothing stands afterwards, here or there.
func TestALostAnswerIsReversedWhetherUpstreamBookedOrNot(t *testing.T) {
	b := newForwardBench(t)
	for _, manner := range []testlane.Manner{testlane.UpstreamLoses, testlane.UpstreamBooksSilent,
		testlane.UpstreamBooksCloses, testlane.UpstreamOtherAmount, testlane.UpstreamBooksLate} {
		b.until("the line is up", func() bool { return b.link.Counters().Connected })
		b.next(hostspec.MTIRequest, manner)
		m := b.sale(500)
		b.wants(m, hostspec.ResponseIssuerDown)
		b.settled()
		if !b.there.Reversed(m.Fields) {
			t.Errorf("%s: not reversed", manner)
		}
		b.agree(m, 0)
		b.wants(m, hostspec.ResponseIssuerDown) // the same bytes: the same answer
		b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, m), hostspec.ResponseApproved)
		b.agree(m, 0)
	}
	b.until("the late answer came", func() bool { return b.link.Counters().Late > 0 })
	b.until("the line is up", func() bool { return b.link.Counters().Connected })
	b.next(hostspec.MTIRequest, testlane.UpstreamAnswersTwice)
	m := b.sale(700)
	b.wants(m, hostspec.ResponseApproved)
	b.agree(m, 700)
}

func TestAReversalIsRepeatedUntilUpstreamConfirmsIt(t *testing.T) {
	b := newForwardBench(t)
	b.next(hostspec.MTIRequest, testlane.UpstreamBooksSilent)
	b.next(hostspec.MTIReversal, testlane.UpstreamBooksSilent) // done, and the answer lost
	b.next(hostspec.MTIReversalRepeat, testlane.UpstreamBusy, testlane.UpstreamBusy)
	m := b.sale(500)
	b.wants(m, hostspec.ResponseIssuerDown)
	b.settled()
	b.agree(m, 0)
	var types []string
	for _, q := range b.there.Seen()[1:] {
		types = append(types, q.MTI)
		if q.Has(2) || q.Has(35) || q.Has(52) || q.String(90) != "0200"+m.Fields.String(11)+m.Fields.String(7)+fmt.Sprintf("%022d", 0) {
			t.Error("a reversal with account data, or of something else")
		}
	}
	if fmt.Sprint(types) != "[0420 0421 0421 0421]" {
		t.Errorf("sent %v", types)
	}
}

func TestTheTerminalsReversalGoesUpstreamOnce(t *testing.T) {
	b := newForwardBench(t)
	m := b.sale(500)
	b.wants(m, hostspec.ResponseApproved)
	for _, mti := range []string{hostspec.MTIReversal, hostspec.MTIReversalRepeat, hostspec.MTIReversalRepeat} {
		b.wants(b.terminal.Reversal(t, mti, m), hostspec.ResponseApproved)
	}
	b.settled()
	b.agree(m, 0)
	if n := len(b.there.Seen()); n != 2 {
		t.Errorf("%d messages upstream", n)
	}
	never := b.sale(100) // that did not come
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, never), hostspec.ResponseNoOriginal)
	b.wants(never, hostspec.ResponseDuplicate)
	if n := len(b.there.Seen()); n != 2 {
		t.Error("upstream heard of a payment that was never asked")
	}
}

// held is a line on which an answer stays under way until it is let go.
type held struct {
	host.Upstream
	asked, free chan struct{}
}

func (l *held) Ask(ctx context.Context, m *codec.Message) (*codec.Message, error) {
	a, err := l.Upstream.Ask(ctx, m)
	if m.MTI == hostspec.MTIRequest {
		close(l.asked)
		<-l.free
	}
	return a, err
}

func TestAReversalDuringTheQuestionMakesItsAnswerLate(t *testing.T) {
	b := newForwardBench(t)
	b.stop()
	line := &held{asked: make(chan struct{}), free: make(chan struct{})}
	b.start(func(u host.Upstream) host.Upstream { line.Upstream = u; return line })
	m := b.sale(500)
	answered := make(chan []byte, 1)
	session := b.session()
	go func() {
		reply, err := b.host.Handle(context.Background(), session, m.Frame)
		if err != nil {
			t.Error(err)
		}
		answered <- reply.Frame
	}()
	<-line.asked
	if again, err := b.host.Handle(context.Background(), session, m.Frame); err != nil || again.Frame != nil {
		t.Errorf("the same bytes were answered while upstream was asked (%v)", err)
	}
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, m), hostspec.ResponseApproved)
	close(line.free)
	if <-answered != nil {
		t.Error("a payment that was reversed was answered")
	}
	b.settled()
	b.agree(m, 0)
}

// A node dies between question and answer: another one, or itself when it comes back,
// reverses what it asked. What comes back from the dead books nothing.
func TestWhatAKilledNodeAskedIsReversedByTheNext(t *testing.T) {
	b := newForwardBench(t)
	b.stop()
	b.wait = inVain
	line := &held{asked: make(chan struct{}), free: make(chan struct{})}
	b.start(func(u host.Upstream) host.Upstream { line.Upstream = u; return line })
	m := b.sale(500)
	dead, session, answered := b.host, b.session(), make(chan []byte, 1)
	go func() {
		reply, _ := dead.Handle(context.Background(), session, m.Frame)
		answered <- reply.Frame
	}()
	<-line.asked
	stop := b.stop
	b.halt()
	b.start(nil)
	b.settled()
	b.agree(m, 0)
	close(line.free)
	if <-answered != nil {
		t.Error("an answer after the reversal")
	}
	stop()
	b.agree(m, 0)
}

func TestAReversalSurvivesARestartWhileUpstreamIsDown(t *testing.T) {
	b := newForwardBench(t)
	m := b.sale(500)
	b.wants(m, hostspec.ResponseApproved)
	b.there.Close()
	b.until("the line is down", func() bool { return !b.link.Counters().Connected })
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, m), hostspec.ResponseApproved)
	b.books(m, 0)
	down := b.sale(100)
	b.wants(down, hostspec.ResponseIssuerDown)
	if p := b.pending(); p.Reversals != 1 || p.Asked != 0 {
		t.Errorf("pending %+v", p)
	}
	if one, _ := b.there.Net(m.Fields); one != 500 {
		t.Errorf("upstream has %d", one)
	}
	b.stop()
	b.there.Listen()
	b.start(nil)
	b.settled()
	b.agree(m, 0)
	b.agree(down, 0)
	if b.there.Reversed(down.Fields) {
		t.Error("what never left was reversed")
	}
	b.wants(b.sale(100), hostspec.ResponseApproved)
}

func TestWhatUpstreamIsNotAskedIsRefusedPlainly(t *testing.T) {
	b := newForwardBench(t)
	change := func(f func(m *codec.Message)) testlane.Message {
		draft, account := b.terminal.Draft(hostspec.EntryChip, b.client, 100)
		f(draft)
		return b.terminal.FinishAs(t, draft, b.client, "1234", account)
	}
	cash := hostspec.AppendAdditional(nil, hostspec.Additional{Account: "00", Type: hostspec.AmountCashback, Currency: testlane.Euro, Debit: true, Amount: 10})
	for why, m := range map[string]testlane.Message{
		"a hold":       change(func(m *codec.Message) { m.MTI = hostspec.MTIAuthorisation }),
		"cash":         change(func(m *codec.Message) { m.SetString(3, hostspec.ProcessingCashback); m.Set(54, cash) }),
		"a keyed card": b.terminal.SaleBy(t, hostspec.EntryKeyed, b.client, 100, ""),
	} {
		if a := b.ask(m); a.String(39) != hostspec.ResponseNotPermitted {
			t.Errorf("%s: %s", why, a.String(39))
		}
		b.agree(m, 0)
	}
	if len(b.there.Seen()) != 0 {
		t.Error("upstream was asked")
	}
}

func TestBooksAgreeWithUpstreamAfterDisorder(t *testing.T) {
	b := newForwardBench(t)
	r := rand.New(rand.NewPCG(7, 8))
	manners := []testlane.Manner{"", "", "", testlane.UpstreamDeclines, testlane.UpstreamLoses, testlane.UpstreamBooksSilent, testlane.UpstreamBooksCloses}
	var sales []testlane.Message
	for range 20 {
		b.until("the line is up", func() bool { return b.link.Counters().Connected })
		b.next(hostspec.MTIRequest, manners[r.IntN(len(manners))])
		m := b.sale(r.Int64N(1000) + 1)
		a := b.ask(m)
		if a.String(39) == hostspec.ResponseApproved && r.IntN(3) == 0 || a.String(39) == hostspec.ResponseIssuerDown {
			b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, m), hostspec.ResponseApproved)
		}
		sales = append(sales, m)
	}
	b.settled()
	for _, m := range sales {
		p, err := b.host.Payment(context.Background(), b.terminal.ID, m.Fields.String(37))
		if one, _ := b.there.Net(m.Fields); err != nil || one != p.LedgerNet || one != p.IssuerNet {
			t.Errorf("upstream %d, ledger %d, by its answers %d (%v)", one, p.LedgerNet, p.IssuerNet, err)
		}
	}
	b.agree(sales[0], func() int64 { one, _ := b.there.Net(sales[0].Fields); return one }())
}

// The account data pass through, and stay nowhere.
func TestNoAccountDataOfAForwardedPaymentIsWritten(t *testing.T) {
	b := newForwardBench(t)
	b.next(hostspec.MTIRequest, "", testlane.UpstreamBooksSilent)
	b.wants(b.sale(100), hostspec.ResponseApproved)
	b.wants(b.terminal.SaleBy(t, hostspec.EntryStripe, b.client, 100, "1234"), hostspec.ResponseIssuerDown)
	b.settled()
	ebcdic := func(s string) []byte {
		out, err := charmap.CodePage037.NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for name, where := range map[string][]byte{"database": testdb.Bytes(t, b.path), "log": b.log.bytes()} {
		if len(where) == 0 {
			t.Errorf("the %s is empty", name)
		}
		for form, canary := range map[string][]byte{
			"ASCII": []byte(testlane.PAN1), "BCD": {0x41, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11}, "EBCDIC": ebcdic(testlane.PAN1),
		} {
			if bytes.Contains(where, canary) {
				t.Errorf("the PAN is in the %s, in %s", name, form)
			}
		}
	}
}
