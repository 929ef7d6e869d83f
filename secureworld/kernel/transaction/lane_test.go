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
	timers []timer // set and not yet fired, in order
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
	token     payment.Token         // of the card
	wrong     []bool                // PINs for the card that were asked for: after a wrong one?
}

// timer is one that was set, and when it is due.
type timer struct {
	SetTimer
	at time.Time
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

	scripts   bool              // the host sends one for the card
	deaf      int               // advices that the host does not answer
	foreign   bool              // the card is no payment card
	entry     payment.EntryMode // how the card comes; none is a chip
	keyed     bool
	partial   bool  // the host approves half of it
	choose    bool  // the cardholder is asked for an application
	choice    uint8 // what comes of it; none is 1
	offline   int   // PINs that the card asks for; all but the last are wrong
	chain     call.Code
	padLost   phase
	ignored   phase // nobody touches the PIN pad in this phase
	configure func(*Config)
	settle    bool // after each start
}

// hostBook is the host's own account of things.
type hostBook struct {
	booked   map[payment.STAN]payment.Amount // net effect
	reversed map[payment.STAN]bool
	up       bool
	silent   int
	bad      int
	wrong    int
	advised  map[payment.STAN]int
	deaf     int

	lives   map[payment.STAN]*hostLife
	spoken  map[payment.STAN]string // approval codes of captures that bring one
	later   int                     // 91 to so many that are told
	batch   hostBatch
	refuses bool // what a card approved
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
	l.host = hostBook{booked: map[payment.STAN]payment.Amount{}, reversed: map[payment.STAN]bool{}, wrong: s.wrongPINs,
		advised: map[payment.STAN]int{}, deaf: s.deaf, lives: map[payment.STAN]*hostLife{}, spoken: map[payment.STAN]string{}}
	if s.silent {
		l.host.silent = 1
	}
	if s.badMAC {
		l.host.bad = 1
	}
	return l
}

func (l *lane) config() Config {
	c := Config{TerminalID: [8]byte{'T', 'E', 'R', 'M', '0', '0', '0', '1'}, Currency: payment.EUR,
		MaxAmount: 1_000_000, PINAttempts: 3, Zone: time.UTC, CardWait: time.Minute, PINWait: time.Minute,
		HostWait: 20 * time.Second, FinishWait: 30 * time.Second, WorkWait: 5 * time.Second,
		Keyed: true, FallbackPerHour: 9, FallbackPerCard: 9, Parameters: 3}
	if l.script.configure != nil {
		l.script.configure(&c)
	}
	return c
}

// boot starts a core from the journal, as the kernel does.
func (l *lane) boot() {
	l.starts++
	l.core, l.events, l.timers, l.dark = New(l.config()), nil, nil, false
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
	if l.script.settle {
		l.events = append(l.events, Settle{Reply: 900})
	}
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
	return l.core.active == nil && len(l.core.reversals) == 0 && len(l.core.advice.queue) == 0 && len(l.core.outbox) == 0 && !l.core.books.wish && l.core.host.link == linkReady
}

func (l *lane) fire() {
	best := -1
	for i, t := range l.timers {
		if l.core.generation[t.Timer] == t.Generation && (best < 0 || t.at.Before(l.timers[best].at)) {
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
	if t.at.After(l.now) {
		l.now = t.at
	}
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
		l.timers = append(l.timers, timer{e, l.now.Add(e.After)})
	case TakeCard:
		l.card(e.Take)
	case SealPAN:
		l.work(e.Order, PANSealed{Order: e.Order})
	case AskPIN:
		l.pin(e.EnterPIN)
	case TellPIN:
		l.toldPIN(e.PINDone)
	case TellChoice:
		l.present(e.Order)
	case AskChoice:
		l.atPad(e.Order, phaseChoice, Chosen{Order: e.Order, Choice: max(1, l.script.choice)})
	case EncipherPIN:
		l.wrong = append(l.wrong, e.Again)
		l.atPad(e.Order, phaseOffline, PINEnciphered{Order: e.Order, Data: make([]byte, 128)})
	case VerifyChain:
		l.verifyChain(e)
	case KeyCard:
		l.fresh(sred.OrderID(e.Order))
		l.atPad(e.Order, phaseKeying, CardKeyed{Order: e.Order})
	case Authorise:
		l.authorise(e.Order, e.Terms)
	case AuthoriseKey:
		l.authorise(e.Order, e.Terms)
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
	case AskConfirm:
		l.atPad(e.Order, phaseConfirm, Confirmed{Order: e.Order})
	case Complete:
		f := toldFrame{kind: payment.TypeSale, stan: e.Terms.STAN, amount: e.Terms.Amount}.bytes()
		l.events = append(l.events, Completed{Order: e.Order, Reversal: f, Repeat: f})
	case Follow, CheckFollow, BuildSettle, CheckSettle, BuildItems, CheckItems:
		l.life(e)
	case BuildAdvice:
		if l.core.active != nil && l.core.advice.queue[0].Terms.RRN != e.Advising.Terms.RRN {
			l.t.Fatalf("%s: an advice out of its order", l.script.name)
		}
		l.events = append(l.events, AdviceBuilt{RRN: e.Advising.Terms.RRN, Frame: e.Advising.Scripts})
	case CheckAdvice:
		l.events = append(l.events, AdviceChecked{RRN: e.Terms.RRN, Settled: call.Settled{Settled: true}})
	}
}

// hear is the app world: a final outcome never changes, versions never fall, and
// one version is one view.
func (l *lane) hear(v mailbox.View) {
	old := l.told[v.ID]
	if v.Version < old.Version || v.Version == old.Version && v != old {
		l.t.Fatalf("%s, cut at %d: version %d after %d, or another view of it", l.script.name, l.cut, v.Version, old.Version)
	}
	if old.Outcome != payment.OutcomeNone && (v.Outcome != old.Outcome || v.Money != old.Money && v.Version <= FinalVersion) {
		l.t.Fatalf("%s, cut at %d: outcome changed from %v to %v", l.script.name, l.cut, old.Outcome, v.Outcome)
	}
	l.told[v.ID] = v
}

func (l *lane) card(t sred.Take) {
	l.fresh(t.Order)
	l.taking = t
	l.events = append(l.events, ReaderProgress{Order: t.Order, Stage: sred.StageCardInserted})
	if l.script.foreign {
		l.readerSays(ReaderFailed{Order: t.Order, Code: sred.CodeNotPayment}, t.Order, phaseCard)
		return
	}
	if l.script.choose {
		l.readerSays(ReaderChoose{Order: t.Order, Count: 2}, t.Order, phaseCard)
		return
	}
	l.present(t.Order)
}

// fresh holds every attempt to numbers of its own.
func (l *lane) fresh(order sred.OrderID) {
	if l.taken[order] {
		l.t.Fatalf("%s: an order id was used twice", l.script.name)
	}
	l.taken[order] = true
	p := l.core.active
	if l.numbers[p.terms.RRN] {
		l.t.Fatalf("%s, cut at %d: an RRN was used twice", l.script.name, l.cut)
	}
	l.numbers[p.terms.RRN] = true
}

// present is what the card and its reader want first.
func (l *lane) present(order sred.OrderID) {
	switch {
	case l.script.offline > 0:
		l.askChain(order)
	case l.script.pin:
		l.readerSays(ReaderVerify{Order: order, Envelope: l.envelope(sred.NumberVerify)}, order, phaseCard)
	default:
		l.readerSays(ReaderOnline{Order: order, Envelope: l.envelope(sred.NumberOnline)}, order, phaseCard)
	}
}

func (l *lane) askChain(order sred.OrderID) {
	e := ReaderVerifyOffline{Order: order, Tries: 3}
	e.Envelope.KSN = l.envelope(sred.NumberChain).KSN
	l.readerSays(e, order, phaseCard)
}

func (l *lane) verifyChain(e VerifyChain) {
	l.events = append(l.events, l.trouble(e.Order, phaseChain)...)
	if l.script.chain != 0 {
		l.events = append(l.events, WorkFailed{Order: e.Order, Code: l.script.chain})
		return
	}
	l.work(e.Order, ChainVerified{Order: e.Order})
}

// toldPIN: the card has another PIN verified, or goes on.
func (l *lane) toldPIN(d sred.PINDone) {
	switch {
	case d.Result == sred.PINEnciphered && len(l.wrong)%l.script.offline != 0:
		l.askChain(d.Order)
	case d.Result == sred.PINKeyRefused && l.script.pin:
		l.readerSays(ReaderVerify{Order: d.Order, Envelope: l.envelope(sred.NumberVerify)}, d.Order, phaseCard)
	default:
		l.readerSays(ReaderOnline{Order: d.Order, Envelope: l.envelope(sred.NumberOnline)}, d.Order, phaseCard)
	}
}

// atPad is what happens at the PIN pad.
func (l *lane) atPad(o pinentry.OrderID, in phase, done Event) {
	l.events = append(l.events, l.trouble(sred.OrderID(o), in)...)
	switch {
	case l.script.ignored == in:
	case l.script.pulled == in:
		l.events = append(l.events, ReaderFailed{Order: sred.OrderID(o), Code: sred.CodeCardRemoved})
	case l.script.pinFails != 0:
		l.events = append(l.events, PINFailed{Order: o, Code: l.script.pinFails})
	default:
		l.events = append(l.events, done)
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
	if l.script.padLost == in {
		e = append(e, PINPadDown{}, PINPadUp{})
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
	e := PINEntered{Order: o.Order}
	binary.BigEndian.PutUint32(e.KSN[8:], l.pinKSN)
	l.atPad(o.Order, phasePIN, e)
}

func (l *lane) authorise(order sred.OrderID, t call.Terms) {
	mode := l.script.entry
	switch {
	case l.script.keyed:
		mode = payment.EntryModeKeyed
	case mode == payment.EntryModeNone:
		mode = payment.EntryModeChip
	}
	l.work(order, Authorised{Order: order, Authorised: call.Authorised{Token: l.token, Entry: mode,
		Request: stanOf(t), Reversal: stanOf(t), Repeat: stanOf(t)}})
}

func stanOf(t call.Terms) []byte { return binary.BigEndian.AppendUint32(nil, uint32(t.STAN)) }

// send is the network and the host behind it. The fake frames hold the STAN.
func (l *lane) send(e Send) {
	switch e.Question.Class {
	case ClassNetwork:
		l.events = append(l.events, HostFrame{Question: e.Question})
	case ClassRequest:
		l.request(e)
	case ClassAdvice:
		if l.toldHost(e) {
			return
		}
		l.advised(e)
	case ClassSettlement, ClassItems:
		l.settlement(e)
	case ClassReversal:
		if l.toldHost(e) {
			return
		}
		stan := payment.STAN(binary.BigEndian.Uint32(e.Frame))
		code := "25"
		if l.lifeReversed(stan) || l.host.booked[stan] > 0 {
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

// advised is the host's part of an advice.
func (l *lane) advised(e Send) {
	if string(e.Frame) != string(scriptDone()) {
		l.t.Fatalf("%s: an advice of %X", l.script.name, e.Frame)
	}
	l.host.advised[e.Question.STAN]++
	if l.host.deaf > 0 {
		l.host.deaf--
		return
	}
	l.events = append(l.events, HostFrame{Question: e.Question, Frame: []byte("advised")})
}

// scriptDone is the card's word on a script.
func scriptDone() []byte { return []byte{0x20, 1, 2, 3, 4} }

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
	if l.core.active.start.Type != payment.TypeSale {
		l.lifeRequest(stan)
	} else if !l.script.decline && l.host.wrong == 0 && l.core.active.start.Amount != referredAmount {
		l.host.booked[stan] += l.approves(l.core.active.start.Amount)
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

func (l *lane) approves(a payment.Amount) payment.Amount {
	if l.script.partial {
		return a / 2
	}
	return a
}

func (l *lane) checkAnswer(e CheckAnswer) Event {
	a := AnswerChecked{Order: e.Order}
	switch {
	case string(e.Frame) == "bad":
		a.Code = call.CodeMAC
	case l.host.wrong > 0:
		l.host.wrong--
		a.Answered = call.Answered{Response: [2]byte{'5', '5'}, Decline: payment.DeclineWrongPIN}
	case e.Terms.Amount == referredAmount && e.Terms.Type == payment.TypeSale:
		a.Answered = call.Answered{Response: [2]byte{'0', '1'}, Decline: payment.DeclineCallIssuer}
	case l.script.decline:
		a.Answered = call.Answered{Response: [2]byte{'0', '5'}, Decline: payment.DeclineDeclined}
	default:
		a.Answered = call.Answered{Response: [2]byte{'0', '0'}, Approved: true, Amount: l.approves(e.Terms.Amount)}
	}
	if l.script.scripts && a.Code == 0 {
		a.Scripts = []byte{0x72, 0x00}
	}
	return a
}

// finish is the card's last word. A reader that has no card any more says one too,
// which must change nothing.
func (l *lane) finish(a sred.Answer) {
	f := ReaderFinished{Order: a.Order, Result: sred.CardDeclined}
	if l.script.entry.AtCard() && a.Result == sred.HostApproved && !l.script.noTC && l.core.active != nil {
		f.Result = sred.CardApproved
		l.tc[l.core.active.terms.STAN] = true
	}
	if a.Result == sred.HostUnable && !l.script.noTC {
		f.Result = sred.CardApproved
	}
	if len(a.Scripts) > 0 {
		f.Scripts = scriptDone()
	}
	l.readerSays(f, a.Order, phaseFinish)
}

// settled checks the books against each other once everything has come to rest.
func (l *lane) settled() {
	l.t.Helper()
	var due, net payment.Amount
	for id, p := range l.core.payments {
		v := p.view
		if v.Status != payment.StatusCompleted {
			l.t.Fatalf("%s, cut at %d: a payment stands at %v", l.script.name, l.cut, v.Status)
		}
		if heard := l.told[id]; heard.Outcome != payment.OutcomeNone && heard != v {
			l.t.Fatalf("%s, cut at %d: told\n%+v, is\n%+v", l.script.name, l.cut, heard, v)
		}
		approved := v.Outcome == payment.OutcomeApproved
		if approved != (v.Money == payment.MoneyCaptured) || approved && !l.paid(v) {
			l.t.Fatalf("%s, cut at %d: %v, money %v, host has %d, TC %v", l.script.name, l.cut,
				v.Outcome, v.Money, l.host.booked[v.Receipt.STAN], l.tc[v.Receipt.STAN])
		}
		if approved {
			due += v.Amount
		}
	}
	for _, a := range l.host.booked {
		net += a
	}
	if net != due {
		l.t.Fatalf("%s, cut at %d: approved %d, host has %d", l.script.name, l.cut, due, net)
	}
}

// paid is what an approved payment rests on: the host's books, and the card's TC
// where the card has stayed.
func (l *lane) paid(v mailbox.View) bool {
	if v.Card.EntryMode.AtCard() != (l.script.entry.AtCard() && !l.script.keyed) {
		return false
	}
	tc := l.tc[v.Receipt.STAN]
	return l.host.booked[v.Receipt.STAN] == v.Amount && v.Approved == v.Amount && v.Receipt.Completed == tc &&
		tc == v.Card.EntryMode.AtCard()
}

func (l *lane) sale() mailbox.View {
	l.events = append(l.events, NetworkChecked{}) // stale, must change nothing
	l.run()
	return l.pay(1)
}

// pay runs one payment to its end.
func (l *lane) pay(id byte) mailbox.View {
	l.step(Start{Reply: uint64(id), Start: l.order(id)})
	l.run()
	if p := l.core.payments[payment.ID{id}]; p != nil {
		return p.view
	}
	return mailbox.View{}
}

func (l *lane) order(id byte) mailbox.Start {
	return mailbox.Start{ID: payment.ID{id}, Type: payment.TypeSale, Keyed: l.script.keyed,
		Amount: 1234, Currency: payment.EUR, TimeoutSeconds: 60}
}
