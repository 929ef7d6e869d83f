package transaction

import (
	"encoding/binary"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// hostLife is a payment in the host's books, with what was done to it.
type hostLife struct {
	kind                     payment.Type
	of                       payment.STAN
	amount                   payment.Amount
	held, captured, refunded payment.Amount
	gone                     bool
}

// hostBatch is the host's part of a settlement.
type hostBatch struct {
	closed  int
	frames  map[string]int // 0500 that came
	asked   Question
	lies    bool // its totals differ from ours
	refuses int
	silent  int
	pages   [][]hostspec.Item
	page    uint16
}

// standing is what it took and did not give back whole.
func (h *hostLife) standing() payment.Amount {
	if h.gone {
		return 0
	}
	return h.amount
}

// told is what a frame of this test says.
type toldFrame struct {
	kind   payment.Type
	stan   payment.STAN
	of     payment.STAN
	amount payment.Amount
	last   bool
}

func (f toldFrame) bytes() []byte {
	b := []byte{0xF0, byte(f.kind), 0}
	if f.last {
		b[2] = 1
	}
	b = binary.BigEndian.AppendUint32(b, uint32(f.stan))
	b = binary.BigEndian.AppendUint32(b, uint32(f.of))
	return binary.BigEndian.AppendUint64(b, uint64(f.amount))
}

func toldOf(b []byte) (f toldFrame, ok bool) {
	if len(b) != 19 || b[0] != 0xF0 {
		return f, false
	}
	return toldFrame{kind: payment.Type(b[1]), last: b[2] == 1, stan: payment.STAN(binary.BigEndian.Uint32(b[3:])),
		of: payment.STAN(binary.BigEndian.Uint32(b[7:])), amount: payment.Amount(binary.BigEndian.Uint64(b[11:]))}, true
}

// life is the payment application's part.
func (l *lane) life(e Effect) {
	switch e := e.(type) {
	case Follow:
		f := toldFrame{kind: e.Terms.Type, stan: e.Terms.STAN, of: e.Origin.STAN, amount: e.Terms.Amount, last: e.Last}
		if e.Void {
			f.kind = payment.TypeVoid
		}
		a := Authorised{Order: e.Order, Authorised: call.Authorised{Token: e.Token, Entry: payment.EntryModeStored,
			Request: f.bytes(), Reversal: stanOf(e.Terms), Repeat: stanOf(e.Terms)}}
		if e.Origin.Type == payment.TypeSale && told(f.kind) && !e.Void {
			l.host.spoken[e.Terms.STAN] = e.Origin.Approval.String()
		}
		if told(f.kind) {
			a.Request, a.Reversal, a.Repeat = nil, f.bytes(), f.bytes()
		}
		l.events = append(l.events, l.trouble(e.Order, phaseAuthorise)...)
		l.work(e.Order, a)
	case CheckFollow:
		c := call.Settled{Response: [2]byte(e.Frame)}
		if c.Settled = string(e.Frame) == "00" || string(e.Frame) == "25"; string(e.Frame) == "61" || string(e.Frame) == "25" && !e.Void {
			c.Decline = payment.DeclineNotSupported
		}
		l.events = append(l.events, FollowChecked{ID: e.ID, Settled: c})
	default:
		l.settle(e)
	}
}

// toldHost is the host's part of captures and voids. The same again gets the same.
func (l *lane) toldHost(e Send) bool {
	f, ok := toldOf(e.Frame)
	if !ok {
		return false
	}
	code := "00"
	if l.host.later > 0 {
		l.host.later--
		code = "96"
	} else if f.kind == payment.TypeVoid {
		l.hostVoid(f)
	} else if f.kind == payment.TypeSale && l.host.refuses {
		code = "51"
	} else if f.kind == payment.TypeSale {
		l.host.booked[f.stan] = f.amount
	} else if l.host.lives[f.stan] == nil {
		o := l.host.lives[f.of]
		if said, spoken := l.host.spoken[f.stan]; spoken && said != rightCode {
			code = "25"
		} else if spoken {
			l.host.lives[f.stan] = &hostLife{kind: f.kind, of: f.of, amount: f.amount}
		} else if o == nil || o.gone || o.held < f.amount {
			code = "61"
		} else {
			o.held -= f.amount
			o.captured += f.amount
			if f.last {
				o.held = 0
			}
			l.host.lives[f.stan] = &hostLife{kind: f.kind, of: f.of, amount: f.amount}
		}
	}
	if l.host.silent > 0 {
		l.host.silent--
		return true
	}
	l.events = append(l.events, HostFrame{Question: e.Question, Frame: []byte(code)})
	return true
}

func (l *lane) hostVoid(f toldFrame) {
	if a, sale := l.host.booked[f.stan]; sale && a > 0 {
		l.host.booked[f.stan] = 0
		return
	}
	o := l.host.lives[f.stan]
	if o == nil || o.gone {
		return
	}
	o.gone = true
	of := l.host.lives[o.of]
	switch {
	case o.kind == payment.TypeCapture && of != nil:
		of.captured -= o.amount
		of.held += o.amount
	case o.kind == payment.TypeRefund && of != nil:
		of.refunded -= o.amount
	case o.kind == payment.TypePreauth:
		for _, x := range l.host.lives {
			if x.kind == payment.TypeCapture && x.of == f.stan {
				x.gone = true
			}
		}
		o.held, o.captured = 0, 0
	}
}

// lifeRequest books what is no sale.
func (l *lane) lifeRequest(stan payment.STAN) {
	p := l.core.active
	if l.script.decline && p.start.Type != payment.TypePreauth {
		return
	}
	n := &hostLife{kind: p.start.Type, amount: p.start.Amount}
	l.host.lives[stan] = n
	if o := l.core.payments[p.start.Of]; o != nil {
		n.of = o.terms.STAN
	}
	of := l.host.lives[n.of]
	switch p.start.Type {
	case payment.TypePreauth:
		n.held = n.amount
	case payment.TypeIncrement:
		of.held += n.amount
	case payment.TypeRefund:
		if of == nil {
			of = &hostLife{kind: payment.TypeSale}
			l.host.lives[n.of] = of
		}
		of.refunded += n.amount
	}
}

// lifeReversed takes it back; true if it was there.
func (l *lane) lifeReversed(stan payment.STAN) bool {
	n := l.host.lives[stan]
	if n == nil || n.gone {
		return false
	}
	n.gone, n.held = true, 0
	switch of := l.host.lives[n.of]; n.kind {
	case payment.TypeIncrement:
		of.held -= n.amount
	case payment.TypeRefund:
		of.refunded -= n.amount
	}
	return true
}

// balanced holds the views to the host's books, and one restart to the other.
func (l *lane) balanced() {
	l.t.Helper()
	for id, p := range l.core.payments {
		v := p.view
		if v.Status != payment.StatusCompleted {
			l.t.Fatalf("%s, cut at %d: %v stands at %v", l.script.name, l.cut, v.Type, v.Status)
		}
		// A start tells nothing of what was complete before: the app world asks.
		if heard := l.told[id]; heard != v && (l.cut == 0 && l.starts == 1 || heard.Version >= v.Version) {
			l.t.Fatalf("%s, cut at %d: told\n%+v, is\n%+v", l.script.name, l.cut, heard, v)
		}
		if p.promised != (promises{}) {
			l.t.Fatalf("%s, cut at %d: a promise of %v is left: %+v", l.script.name, l.cut, v.Type, p.promised)
		}
		h := l.host.lives[p.terms.STAN]
		switch v.Type {
		case payment.TypePreauth:
			if h != nil && (h.held != v.Held || h.captured != v.Captured || h.refunded != v.Refunded) {
				l.t.Fatalf("%s, cut at %d: held %d, captured %d, refunded %d; the host has %+v", l.script.name, l.cut, v.Held, v.Captured, v.Refunded, *h)
			}
		case payment.TypeCapture:
			if h != nil && spoken(p.start) && (v.Captured != h.standing() || v.Refunded != h.refunded) {
				l.t.Fatalf("%s, cut at %d: captured %d by voice, refunded %d; the host has %+v", l.script.name, l.cut, v.Captured, v.Refunded, *h)
			}
		case payment.TypeSale:
			if l.host.booked[p.terms.STAN] != v.Captured || h != nil && h.refunded != v.Refunded {
				l.t.Fatalf("%s, cut at %d: captured %d, refunded %d; the host has %d, %+v", l.script.name, l.cut, v.Captured, v.Refunded, l.host.booked[p.terms.STAN], h)
			}
		}
	}
	again := New(l.config())
	for _, b := range l.journal {
		r, _ := DecodeRecord(b)
		again.Replay(r)
	}
	for id, p := range l.core.payments {
		if again.payments[id].view != p.view {
			l.t.Fatalf("%s, cut at %d: replayed\n%+v, is\n%+v", l.script.name, l.cut, again.payments[id].view, p.view)
		}
	}
	if again.books.totals != l.core.books.totals || again.batch != l.core.batch {
		l.t.Fatalf("%s, cut at %d: totals %+v, replayed %+v", l.script.name, l.cut, l.core.books.totals, again.books.totals)
	}
}

// step of a life: what is asked for, and what it must come to.
type lifeStep struct {
	start   mailbox.Start
	refused mailbox.Code
	outcome payment.Outcome
}

func ask(id, of byte, t payment.Type, amount payment.Amount) mailbox.Start {
	s := mailbox.Start{ID: payment.ID{id}, Type: t, Amount: amount, Currency: payment.EUR, TimeoutSeconds: 60}
	if of > 0 {
		s.Of = payment.ID{of}
	}
	return s
}

// The host refers each sale of this amount, and gave this code by voice.
const (
	referredAmount payment.Amount = 4444
	rightCode                     = "A1B2C3"
)

func said(s mailbox.Start, code string) mailbox.Start {
	s.Approval = payment.ApprovalCode([]byte(code))
	return s
}

func last(s mailbox.Start) mailbox.Start { s.Last = true; return s }

// lives are whole lives of payments, step by step.
func lives() map[string][]lifeStep {
	const (
		ok       = payment.OutcomeApproved
		no       = payment.OutcomeDeclined
		sale     = payment.TypeSale
		refund   = payment.TypeRefund
		preauth  = payment.TypePreauth
		capture  = payment.TypeCapture
		more     = payment.TypeIncrement
		void     = payment.TypeVoid
		state    = mailbox.CodeState
		exceeded = mailbox.CodeExceeds
	)
	return map[string][]lifeStep{
		"refund in parts": {{ask(1, 0, sale, 1000), 0, ok}, {ask(2, 1, refund, 400), 0, ok}, {ask(3, 1, refund, 601), exceeded, 0},
			{ask(4, 1, refund, 600), 0, ok}, {ask(5, 1, refund, 1), exceeded, 0}, {ask(6, 1, void, 0), state, 0}},
		"void": {{ask(1, 0, sale, 1000), 0, ok}, {ask(2, 1, void, 0), 0, ok}, {ask(3, 1, void, 0), state, 0}, {ask(4, 1, refund, 1), state, 0}},
		"void of a refund": {{ask(1, 0, sale, 1000), 0, ok}, {ask(2, 1, refund, 1000), 0, ok}, {ask(3, 2, void, 0), 0, ok},
			{ask(4, 1, refund, 1000), 0, ok}},
		"held and captured": {{ask(1, 0, preauth, 1000), 0, ok}, {ask(2, 1, capture, 1001), exceeded, 0}, {ask(3, 1, refund, 1), state, 0},
			{ask(4, 1, more, 500), 0, ok}, {ask(5, 1, capture, 1200), 0, ok}, {last(ask(6, 1, capture, 100)), 0, ok}, {ask(7, 1, capture, 1), state, 0},
			{ask(8, 1, more, 1), state, 0}, {ask(9, 1, refund, 1300), 0, ok}},
		"held and voided": {{ask(1, 0, preauth, 1000), 0, ok}, {ask(2, 1, void, 0), 0, ok}, {ask(3, 1, capture, 1), state, 0}},
		"captured and voided": {{ask(1, 0, preauth, 1000), 0, ok}, {ask(2, 1, capture, 300), 0, ok}, {ask(3, 1, capture, 300), 0, ok},
			{ask(4, 2, void, 0), 0, ok}, {ask(5, 1, capture, 700), 0, ok}, {ask(6, 1, void, 0), 0, ok}},
		"referred and captured by voice": {{ask(1, 0, sale, referredAmount), 0, no}, {ask(2, 1, capture, 100), state, 0}, {ask(3, 1, void, 0), state, 0},
			{said(ask(4, 1, capture, referredAmount+1), rightCode), exceeded, 0}, {said(ask(5, 1, capture, referredAmount), "WRONG1"), 0, no},
			{said(ask(6, 1, capture, referredAmount), rightCode), 0, ok}, {said(ask(7, 1, capture, 1), rightCode), state, 0},
			{ask(8, 6, refund, 44), 0, ok}, {ask(9, 6, void, 0), state, 0}},
		"captured by voice and voided": {{ask(1, 0, sale, referredAmount), 0, no}, {said(ask(2, 1, capture, 4000), rightCode), 0, ok}, {ask(3, 2, void, 0), 0, ok},
			{said(ask(4, 1, capture, 4000), rightCode), state, 0}},
		"a code without a referral": {{ask(1, 0, sale, 10), 0, ok}, {said(ask(2, 1, capture, 10), rightCode), state, 0}, {said(ask(3, 0, sale, 10), rightCode), mailbox.CodeType, 0},
			{ask(4, 0, preauth, 10), 0, ok}, {said(ask(5, 4, capture, 10), rightCode), state, 0}, {said(ask(6, 4, capture, 10), "A1B2 C"), mailbox.CodeType, 0},
			{last(said(ask(7, 4, capture, 10), rightCode)), mailbox.CodeType, 0}},
		"what is not there": {{ask(1, 9, refund, 1), mailbox.CodeNeverSeen, 0}, {ask(2, 0, capture, 1), mailbox.CodeType, 0},
			{ask(3, 0, sale, 10), 0, ok}, {ask(4, 3, capture, 1), state, 0}, {ask(5, 3, more, 1), state, 0}, {ask(6, 3, void, 1), mailbox.CodeAmount, 0},
			{ask(7, 3, sale, 1), mailbox.CodeType, 0}, {ask(8, 0, refund, 5), mailbox.CodeType, 0}},
	}
}

// live runs a life to its end; a power cut may make steps fail.
func (l *lane) live(steps []lifeStep, strict bool) {
	l.t.Helper()
	l.run()
	for i, s := range steps {
		n := len(l.replies)
		l.step(Start{Reply: uint64(100 + i), Start: s.start})
		if l.dark { // the till asks again
			l.run()
			l.step(Start{Reply: uint64(100 + i), Start: s.start})
		}
		if !strict {
			l.run()
			continue
		}
		if got := l.replies[n].Refused; got != s.refused {
			l.t.Fatalf("%s, step %d: %v", l.script.name, i+1, got)
		}
		l.run()
		if p := l.core.payments[s.start.ID]; p != nil && p.view.Outcome != s.outcome {
			l.t.Fatalf("%s, step %d: %v, %v", l.script.name, i+1, p.view.Outcome, p.view.Failure)
		}
	}
}

func TestALifeOfAPaymentGoesAsItsBooksAllow(t *testing.T) {
	for name, steps := range lives() {
		t.Run(name, func(t *testing.T) {
			l := newLane(t, script{name: name})
			l.live(steps, true)
			l.balanced()
		})
	}
}

func TestAHostThatAnswersLateIsToldAgain(t *testing.T) {
	for name, steps := range lives() {
		for _, later := range []int{1, 3, 9} {
			l := newLane(t, script{name: name})
			l.host.later = later
			l.live(steps, true)
			l.balanced()
		}
	}
}

func TestALifeSurvivesAPowerCutAtEveryEffect(t *testing.T) {
	points := 0
	for name, steps := range lives() {
		for _, s := range []script{{name: name}, {name: name + ", host silent", silent: true}} {
			whole := newLane(t, s)
			whole.live(steps, false)
			for cut := 1; cut <= whole.effects; cut++ {
				for _, after := range []bool{false, true} {
					l := newLaneCut(t, s, cut, after)
					l.live(steps, false)
					l.balanced()
					l = newLaneCut(t, s, cut, after)
					l.again = cut + 3
					l.live(steps, false)
					l.balanced()
					points += 2
				}
			}
		}
	}
	t.Logf("%d points", points)
}

func TestWhatIsToldWaitsForTheHostAndHindersNoSale(t *testing.T) {
	l := newLane(t, script{})
	l.live([]lifeStep{{ask(1, 0, payment.TypePreauth, 1000), 0, payment.OutcomeApproved}}, true)
	l.step(HostDown{})
	for _, id := range []byte{2, 3} {
		n := len(l.replies)
		l.step(Start{Reply: 7, Start: ask(id, 1, payment.TypeCapture, 500)})
		l.drain()
		if l.replies[n].Refused != 0 {
			t.Fatalf("capture %d: %v", id, l.replies[n].Refused)
		}
	}
	if l.core.State().Told != 2 || l.core.State().Pending != 0 || l.core.State().Terminal != payment.TerminalStateOffline {
		t.Fatalf("%+v", l.core.State())
	}
	for i, p := range l.core.State().Prepared { // what people are given, if this device ends now
		f, ok := toldOf(p.Message)
		if want := byte(2 + i); !ok || f.kind != payment.TypeCapture || f.stan != p.STAN || p.ID != (payment.ID{want}) || p.Amount != 500 {
			t.Errorf("message %d: %+v, %+v", i, p, f)
		}
	}
	if n := len(l.core.State().Prepared); n != 2 {
		t.Errorf("%d are prepared", n)
	}
	n := len(l.replies)
	l.step(Start{Reply: 8, Start: ask(4, 1, payment.TypeCapture, 1)})
	if l.replies[n].Refused != mailbox.CodeExceeds {
		t.Errorf("promised twice: %v", l.replies[n].Refused)
	}
	l.step(Start{Reply: 9, Start: ask(5, 1, payment.TypeVoid, 0)})
	if l.replies[n+1].Refused != mailbox.CodeState {
		t.Errorf("a void of what is promised: %v", l.replies[n+1].Refused)
	}
	l.run()
	l.balanced()
	if v := l.core.payments[payment.ID{1}].view; v.Captured != 1000 || v.Held != 0 || v.Money != payment.MoneyCaptured {
		t.Errorf("%+v", v)
	}
}

func TestARefundOfNoPaymentIsLimitedAndConfirmed(t *testing.T) {
	limited := func(c *Config) { c.RefundLimit, c.RefundPerDay = 500, 700 }
	l := newLane(t, script{configure: limited})
	const ok, exceeds = payment.OutcomeApproved, mailbox.CodeExceeds
	l.live([]lifeStep{{ask(1, 0, payment.TypeRefund, 501), exceeds, 0}, {ask(2, 0, payment.TypeRefund, 500), 0, ok},
		{ask(3, 0, payment.TypeRefund, 201), exceeds, 0}, {ask(4, 0, payment.TypeRefund, 200), 0, ok}, {ask(5, 0, payment.TypeRefund, 1), exceeds, 0}}, true)
	if v := l.core.payments[payment.ID{2}].view; v.Money != payment.MoneyRefunded || v.Receipt.Completed {
		t.Errorf("%+v", v)
	}
	l.boot()
	l.run()
	l.live([]lifeStep{{ask(6, 0, payment.TypeRefund, 1), exceeds, 0}}, true)
	for name, s := range map[string]script{"no": {pinFails: 2}, "nobody": {ignored: phaseConfirm}, "PIN pad lost": {padLost: phaseConfirm}} {
		s.configure = limited
		l := newLane(t, s)
		l.run()
		l.step(Start{Reply: 1, Start: ask(1, 0, payment.TypeRefund, 5)})
		l.run()
		if v := l.core.payments[payment.ID{1}].view; v.Sent || v.Money != payment.MoneyNone || l.taking.Amount != 0 {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

func TestPartOfAnAmountIsApprovedWhereTheTillPermitsIt(t *testing.T) {
	for _, mode := range []payment.EntryMode{payment.EntryModeChip, payment.EntryModeContactless} {
		l := newLane(t, script{partial: true, entry: mode})
		l.run()
		s := l.order(1)
		s.Partial = true
		l.step(Start{Reply: 1, Start: s})
		l.run()
		v := l.core.payments[payment.ID{1}].view
		if v.Outcome != payment.OutcomePartiallyApproved || v.Approved != 617 || v.Captured != 617 || v.Money != payment.MoneyCaptured {
			t.Errorf("%v: %+v", mode, v)
		}
		l.balanced()
	}
}

func TestAStoredCardIsChargedWithoutAReader(t *testing.T) {
	l := newLane(t, script{})
	l.run()
	l.step(ReaderDown{})
	l.step(PINPadDown{})
	s := ask(1, 0, payment.TypeSale, 700)
	s.Token = payment.Token{3}
	l.step(Start{Reply: 1, Start: s})
	l.run()
	v := l.core.payments[payment.ID{1}].view
	if v.Outcome != payment.OutcomeApproved || v.Card.Token != s.Token || v.Card.EntryMode != payment.EntryModeStored {
		t.Errorf("%+v", v)
	}
}
