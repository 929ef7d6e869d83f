package transaction

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// lane is a whole lane around a core, in one thread: reader, card, PIN pad,
// payment application and host, which react to effects with events. The power
// can be cut before or after any effect.
type lane struct {
	t      testing.TB
	script script
	core   *Core
	events []Event
	timers []SetTimer // set and not yet fired, in order
	now    time.Time

	journal [][]byte // durable
	effects int      // carried out so far, over all starts
	cut     int      // the power fails at this effect; 0: never
	after   bool     // once it was carried out, not before
	again   int      // and once more at this one
	dark    bool
	starts  int

	host      hostBook
	taking    sred.Take
	readerKSN uint32
	pinKSN    uint32
	pins      int
	told      map[payment.ID]mailbox.View // what the app world heard last
	replies   []Reply
	taken     map[sred.OrderID]bool // STAN, RRN and UN uniqueness is checked by order
	numbers   map[payment.RRN]bool
	tc        map[payment.STAN]bool // the card gave a TC
}

// script says what the world around the core does.
type script struct {
	name       string
	pin        bool
	wrongPINs  int
	decline    bool
	silent     bool  // the host books and does not answer, the first time
	lost       bool  // the request never reaches the host
	badMAC     bool  // the host's first answer does not verify
	noTC       bool  // the card answers an AAC to an approval
	pulled     phase // the card is pulled in this phase
	cancelIn   phase
	readerLost phase
	hostLost   phase
	pinFails   pinentry.Code
	workFails  call.Code
}

// hostBook is the host's own account of things.
type hostBook struct {
	booked   map[payment.STAN]payment.Amount // net effect
	reversed map[payment.STAN]bool
	up       bool
	silent   int
	bad      int
	wrong    int
}

func newLane(t testing.TB, s script) *lane {
	l := bareLane(t, s)
	l.boot()
	return l
}

func bareLane(t testing.TB, s script) *lane {
	l := &lane{t: t, script: s, now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC),
		told: map[payment.ID]mailbox.View{}, taken: map[sred.OrderID]bool{}, numbers: map[payment.RRN]bool{},
		tc: map[payment.STAN]bool{}}
	l.host = hostBook{booked: map[payment.STAN]payment.Amount{}, reversed: map[payment.STAN]bool{}, wrong: s.wrongPINs}
	if s.silent {
		l.host.silent = 1
	}
	if s.badMAC {
		l.host.bad = 1
	}
	return l
}

func config() Config {
	return Config{TerminalID: [8]byte{'T', 'E', 'R', 'M', '0', '0', '0', '1'}, Currency: payment.EUR,
		MaxAmount: 1_000_000, PINAttempts: 3, Zone: time.UTC, CardWait: time.Minute, PINWait: time.Minute,
		HostWait: 20 * time.Second, FinishWait: 30 * time.Second, WorkWait: 5 * time.Second}
}

// boot starts a core from the journal, as the kernel does.
func (l *lane) boot() {
	l.starts++
	l.core, l.events, l.timers, l.dark = New(config()), nil, nil, false
	for _, b := range l.journal {
		r, err := DecodeRecord(b)
		if err != nil {
			l.t.Fatalf("%s: replay: %v", l.script.name, err)
		}
		l.core.Replay(r)
	}
	l.carryOut(l.core.Recover(l.now))
	l.events = append(l.events, ReaderUp{Ready: true}, PINPadUp{}, HostUp{})
	l.host.up = true
}

// run steps until nothing is left to do; then timers fire, the earliest first.
func (l *lane) run() {
	for range 10_000 {
		switch {
		case l.dark:
			l.now = l.now.Add(time.Second)
			l.cut, l.again = l.again, 0
			l.boot()
		case len(l.events) > 0:
			e := l.events[0]
			l.events = l.events[1:]
			l.step(e)
		case !l.quiet():
			l.fire()
		default:
			return
		}
	}
	l.t.Fatalf("%s, cut at %d: does not come to rest", l.script.name, l.cut)
}

func (l *lane) quiet() bool {
	return l.core.active == nil && len(l.core.reversals) == 0 && l.core.host.link == linkReady
}

func (l *lane) fire() {
	best := -1
	for i, t := range l.timers {
		if l.core.generation[t.Timer] == t.Generation && (best < 0 || t.After < l.timers[best].After) {
			best = i
		}
	}
	if best < 0 {
		if l.core.host.link == linkDown {
			l.host.up = true
			l.step(HostUp{})
			return
		}
		l.t.Fatalf("%s, cut at %d: waits for nothing", l.script.name, l.cut)
	}
	t := l.timers[best]
	l.timers = append(l.timers[:best:best], l.timers[best+1:]...)
	l.now = l.now.Add(t.After)
	l.step(TimerFired{t.Timer, t.Generation})
}

func (l *lane) step(e Event) {
	in := Input{Now: l.now, Event: e}
	binary.BigEndian.PutUint64(in.Random[:], uint64(l.effects+1))
	binary.BigEndian.PutUint32(in.Random[16:], uint32(l.effects+1))
	l.carryOut(l.core.Step(in))
}

func (l *lane) carryOut(effects []Effect) {
	for _, e := range effects {
		l.effects++
		if l.effects == l.cut && !l.after {
			l.dark = true
			return
		}
		l.do(e)
		if l.effects == l.cut {
			l.dark = true
			return
		}
	}
}

func (l *lane) do(e Effect) {
	switch e := e.(type) {
	case Write:
		b, err := EncodeRecord(e.Record)
		if err != nil {
			l.t.Fatalf("encoding a record: %v", err)
		}
		l.journal = append(l.journal, b)
	case Reply:
		l.replies = append(l.replies, e)
	case Notify:
		l.hear(e.View)
	case SetTimer:
		l.timers = append(l.timers, e)
	case TakeCard:
		l.card(e.Take)
	case SealPAN:
		l.work(e.Order, PANSealed{Order: e.Order})
	case AskPIN:
		l.pin(e.EnterPIN)
	case TellPIN:
		l.readerSays(ReaderOnline{Order: e.Order, Envelope: l.envelope(sred.NumberOnline)}, e.Order, phaseCard)
	case Authorise:
		l.authorise(e)
	case Send:
		l.send(e)
	case CheckAnswer:
		l.events = append(l.events, l.checkAnswer(e))
	case CheckReversal:
		l.events = append(l.events, ReversalChecked{ID: e.ID, Settled: call.Settled{Settled: true, Response: [2]byte(e.Frame)}})
	case BuildNetwork:
		l.events = append(l.events, NetworkBuilt{Serial: e.Serial})
	case CheckNetwork:
		l.events = append(l.events, NetworkChecked{Serial: e.Serial, SignedOn: call.SignedOn{Response: [2]byte{'0', '0'}}})
	case TellCard:
		l.finish(e.Answer)
	}
}

// hear is the app world: a final outcome never changes, versions never fall
// within a start.
func (l *lane) hear(v mailbox.View) {
	old := l.told[v.ID]
	if old.Outcome != payment.OutcomeNone && (v.Outcome != old.Outcome || v.Money != old.Money) {
		l.t.Fatalf("%s, cut at %d: outcome changed from %v to %v", l.script.name, l.cut, old.Outcome, v.Outcome)
	}
	l.told[v.ID] = v
}

func (l *lane) card(t sred.Take) {
	if l.taken[t.Order] {
		l.t.Fatalf("%s: an order id was used twice", l.script.name)
	}
	l.taken[t.Order], l.taking = true, t
	p := l.core.active
	if l.numbers[p.terms.RRN] {
		l.t.Fatalf("%s, cut at %d: an RRN was used twice", l.script.name, l.cut)
	}
	l.numbers[p.terms.RRN] = true
	l.events = append(l.events, ReaderProgress{Order: t.Order, Stage: sred.StageCardInserted})
	if l.script.pin {
		l.readerSays(ReaderVerify{Order: t.Order, Envelope: l.envelope(sred.NumberVerify)}, t.Order, phaseCard)
	} else {
		l.readerSays(ReaderOnline{Order: t.Order, Envelope: l.envelope(sred.NumberOnline)}, t.Order, phaseCard)
	}
}

// readerSays adds what the reader would say next, or what goes wrong instead.
func (l *lane) readerSays(e Event, order sred.OrderID, in phase) {
	l.events = append(l.events, l.trouble(order, in)...)
	if l.script.pulled == in {
		l.events = append(l.events, ReaderFailed{Order: order, Code: sred.CodeCardRemoved})
		return
	}
	l.events = append(l.events, e)
}

func (l *lane) trouble(order sred.OrderID, in phase) (e []Event) {
	if l.script.cancelIn == in {
		e = append(e, Cancel{Reply: 2, ID: payment.ID{1}})
	}
	if l.script.readerLost == in {
		e = append(e, ReaderDown{}, ReaderUp{Ready: true})
	}
	if l.script.hostLost == in {
		e = append(e, HostDown{}, HostUp{})
	}
	return e
}

func (l *lane) envelope(number uint8) sred.Envelope {
	l.readerKSN++
	e := sred.Envelope{Number: number}
	binary.BigEndian.PutUint32(e.KSN[8:], l.readerKSN)
	return e
}

func (l *lane) work(order sred.OrderID, e Event) {
	if l.script.workFails != 0 {
		e = WorkFailed{Order: order, Code: l.script.workFails}
	}
	l.events = append(l.events, e)
}

func (l *lane) pin(o pinentry.EnterPIN) {
	l.pins++
	l.pinKSN++
	l.events = append(l.events, l.trouble(sred.OrderID(o.Order), phasePIN)...)
	switch {
	case l.script.pulled == phasePIN:
		l.events = append(l.events, ReaderFailed{Order: sred.OrderID(o.Order), Code: sred.CodeCardRemoved})
	case l.script.pinFails != 0:
		l.events = append(l.events, PINFailed{Order: o.Order, Code: l.script.pinFails})
	default:
		e := PINEntered{Order: o.Order}
		binary.BigEndian.PutUint32(e.KSN[8:], l.pinKSN)
		l.events = append(l.events, e)
	}
}

func (l *lane) authorise(e Authorise) {
	l.work(e.Order, Authorised{Order: e.Order, Authorised: call.Authorised{
		Request: stanOf(e.Terms), Reversal: stanOf(e.Terms), Repeat: stanOf(e.Terms)}})
}

func stanOf(t call.Terms) []byte { return binary.BigEndian.AppendUint32(nil, uint32(t.STAN)) }

// send is the network and the host behind it. The fake frames hold the STAN.
func (l *lane) send(e Send) {
	switch e.Question.Class {
	case ClassNetwork:
		l.events = append(l.events, HostFrame{Question: e.Question})
	case ClassRequest:
		l.request(e)
	case ClassReversal:
		stan := payment.STAN(binary.BigEndian.Uint32(e.Frame))
		code := "25"
		if l.host.booked[stan] > 0 {
			code = "00"
		}
		l.host.booked[stan], l.host.reversed[stan] = 0, true
		if l.host.silent > 0 {
			l.host.silent--
			return
		}
		l.events = append(l.events, HostFrame{Question: e.Question, Frame: []byte(code)})
	}
}

func (l *lane) request(e Send) {
	stan := e.Question.STAN
	order := l.core.active.order
	if l.host.reversed[stan] {
		l.t.Fatalf("%s: a request left after its reversal", l.script.name)
	}
	l.events = append(l.events, l.trouble(order, phaseHost)...)
	if l.script.pulled == phaseHost {
		l.events = append(l.events, ReaderFailed{Order: order, Code: sred.CodeCardRemoved})
	}
	if l.script.lost {
		return
	}
	if !l.script.decline && l.host.wrong == 0 {
		l.host.booked[stan] += l.core.active.start.Amount
	}
	if l.host.silent > 0 {
		l.host.silent--
		return
	}
	if l.host.bad > 0 {
		l.host.bad--
		l.events = append(l.events, HostFrame{Question: e.Question, Frame: []byte("bad")})
	}
	l.events = append(l.events, HostFrame{Question: e.Question, Frame: []byte("good")})
}

func (l *lane) checkAnswer(e CheckAnswer) Event {
	a := AnswerChecked{Order: e.Order}
	switch {
	case string(e.Frame) == "bad":
		a.Code = call.CodeMAC
	case l.host.wrong > 0:
		l.host.wrong--
		a.Answered = call.Answered{Response: [2]byte{'5', '5'}, Decline: payment.DeclineWrongPIN}
	case l.script.decline:
		a.Answered = call.Answered{Response: [2]byte{'0', '5'}, Decline: payment.DeclineDeclined}
	default:
		a.Answered = call.Answered{Response: [2]byte{'0', '0'}, Approved: true, Amount: e.Terms.Amount}
	}
	return a
}

func (l *lane) finish(a sred.Answer) {
	f := ReaderFinished{Order: a.Order, Result: sred.CardDeclined}
	if a.Result == sred.HostApproved && !l.script.noTC {
		f.Result = sred.CardApproved
		l.tc[l.core.active.terms.STAN] = true
	}
	l.readerSays(f, a.Order, phaseFinish)
}

// settled checks the books against each other once everything has come to rest.
func (l *lane) settled() {
	l.t.Helper()
	for id, p := range l.core.payments {
		v := p.view
		if v.Status != payment.StatusCompleted {
			l.t.Fatalf("%s, cut at %d: a payment stands at %v", l.script.name, l.cut, v.Status)
		}
		if heard := l.told[id]; !heard.ID.Zero() && heard.Outcome != v.Outcome && heard.Outcome != payment.OutcomeNone {
			l.t.Fatalf("%s, cut at %d: told %v, is %v", l.script.name, l.cut, heard.Outcome, v.Outcome)
		}
		var net payment.Amount
		for _, a := range l.host.booked {
			net += a
		}
		approved := v.Outcome == payment.OutcomeApproved
		if approved && (net != v.Amount || !v.Receipt.Completed || !l.tc[v.Receipt.STAN] || v.Money != payment.MoneyCaptured) {
			l.t.Fatalf("%s, cut at %d: approved, but host has %d, TC %v", l.script.name, l.cut, net, l.tc[v.Receipt.STAN])
		}
		if !approved && (net != 0 || v.Money == payment.MoneyCaptured) {
			l.t.Fatalf("%s, cut at %d: %v, but host has %d, money %v", l.script.name, l.cut, v.Outcome, net, v.Money)
		}
	}
}

func (l *lane) sale() mailbox.View {
	l.events = append(l.events, NetworkChecked{}) // stale, must change nothing
	l.run()
	l.step(Start{Reply: 1, Start: mailbox.Start{ID: payment.ID{1}, Type: payment.TypeSale,
		Amount: 1234, Currency: payment.EUR, TimeoutSeconds: 60}})
	l.run()
	if p := l.core.payments[payment.ID{1}]; p != nil {
		return p.view
	}
	return mailbox.View{}
}
