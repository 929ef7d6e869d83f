package entrypoint

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
)

// A bench is a session with kernels whose outcomes are given in advance.
type bench struct {
	t        testing.TB
	s        *Session
	outcomes []contactless.Outcome
	kernels  []*doneKernel
	refuse   bool
}

// A doneKernel has no command but one.
type doneKernel struct {
	b     *bench
	a     contactless.Activation
	wiped bool
}

func (k *doneKernel) AccountTLV(dst []byte) []byte { return dst }
func (k *doneKernel) HostTLV(dst []byte) []byte    { return dst }
func (k *doneKernel) Wipe()                        { k.wiped = true }

func (k *doneKernel) Next(in emv.Input) contactless.Step {
	if in.Kind == emv.InputStart {
		return contactless.Step{Command: []byte{0x80, 0xA8, 0, 0, 2, 0x83, 0, 0}}
	}
	if len(k.b.outcomes) == 0 {
		return contactless.Step{}
	}
	o := k.b.outcomes[0]
	k.b.outcomes = k.b.outcomes[1:]
	return contactless.Step{Outcome: &o}
}

const (
	visaAID       = "A0000000031010"
	mastercardAID = "A0000000041010"
)

func newBench(t testing.TB, outcomes ...contactless.Outcome) *bench {
	b := &bench{t: t, outcomes: outcomes}
	cfg := Config{Sets: []Set{{
		TransactionTypes: []byte{0}, TTQ: []byte{0x36, 0, 0x40, 0}, ExtendedSelection: true,
		Combinations: []Combination{{unhex(t, visaAID), []byte{3}}, {unhex(t, mastercardAID), []byte{2}}},
	}}}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	b.s = New(cfg, emv.Order{Amount: 1000, CurrencyExponent: 2}, b.build)
	return b
}

func (b *bench) build(id []byte) contactless.NewKernel {
	if !bytes.Equal(id, []byte{2}) && !bytes.Equal(id, []byte{3}) {
		return nil
	}
	return func(a contactless.Activation) (contactless.Kernel, error) {
		if b.refuse {
			return nil, errors.New("refused")
		}
		b.kernels = append(b.kernels, &doneKernel{b: b, a: a})
		return b.kernels[len(b.kernels)-1], nil
	}
}

// say feeds inputs and returns the last action as text.
func (b *bench) say(inputs ...Input) string {
	var a Action
	for _, in := range inputs {
		a = b.s.Next(in)
	}
	return describe(a)
}

// settle answers Done as long as nothing else is asked for.
func (b *bench) settle(in Input) string {
	var out []string
	for {
		a := b.s.Next(in)
		out = append(out, describe(a))
		if !a.Kind.takes(InputDone) {
			return strings.Join(out, ", ")
		}
		in = Done()
	}
}

func (b *bench) want(got, want string) {
	b.t.Helper()
	if got != want {
		b.t.Errorf("\ngot  %s\nwant %s", got, want)
	}
}

func describe(a Action) string {
	switch a.Kind {
	case ActionFieldOn:
		return "on"
	case ActionFieldOff:
		return fmt.Sprintf("off %d", a.HoldTenths)
	case ActionShow:
		return fmt.Sprintf("show %02X/%d", byte(a.UI.Message), a.UI.Status)
	case ActionAwaitStart:
		return "start?"
	case ActionAwaitCard:
		return "card?"
	case ActionTransmit:
		return fmt.Sprintf("%X", a.Command)
	case ActionKernel:
		return fmt.Sprintf("kernel %X %X %c", a.Activation.KernelID, a.Activation.AID, a.Activation.Start)
	case ActionFinish:
		return fmt.Sprintf("outcome %d", a.Outcome.Result)
	case ActionAwaitRestart:
		return "host?"
	case ActionEnd:
		return "end"
	default:
		return "none"
	}
}

const (
	cmdPPSE       = "00A404000E325041592E5359532E444446303100"
	cmdVisa       = "00A4040007" + visaAID + "00"
	cmdMastercard = "00A4040007" + mastercardAID + "00"
	cmdGPO        = "80A8000002830000"
	visaFCI       = "6F118407" + visaAID + "A5069F38039F66049000"
	plainFCI      = "6F0B8407" + mastercardAID + "A5009000"
	presentAgain  = "show 15/2, on, card?"
	tryOther      = "show 1C/2, outcome 7"
)

// both is a directory with both schemes, Visa first.
func (b *bench) both() Input {
	return Response(unhex(b.t, fci(b.t, "4F07"+visaAID+"870101", "4F07"+mastercardAID+"870102")+"9000"))
}

func (b *bench) card(rapdu string) Input { return Response(unhex(b.t, rapdu)) }

func TestACollisionIsShownOnceAndOnceWhenItIsOver(t *testing.T) {
	b := newBench(t)
	b.want(b.settle(Start()), presentAgain)
	b.want(b.settle(Collision()), "show 19/5, card?")
	b.want(b.settle(Collision()), "card?")
	b.want(b.settle(CollisionOver()), "show 19/2, card?")
	b.want(b.settle(CollisionOver()), "card?")
	b.want(b.settle(Card()), cmdPPSE)
}

func TestBetweenTransactions(t *testing.T) {
	b := newBench(t)
	b.want(b.settle(Ready()), "off 0, show 14/1, start?")
	auto := New(Config{Autorun: true, Sets: b.s.cfg.Sets}, emv.Order{}, b.build)
	b.s = auto
	b.want(b.settle(Ready()), "on, show 15/2, start?")
	b.want(b.settle(Start()), presentAgain)
	b.settle(Card())
	b.settle(b.both())
	b.want(b.say(b.card(visaFCI)), "kernel 03 "+visaAID+" B")
}

func TestErrorsOfTheTransmissionInSelectionAskForTheCardAgain(t *testing.T) {
	for name, in := range map[string]Input{"gone": CardGone(), "no status word": Response([]byte{0x90}), "too long": Response(make([]byte, 259))} {
		b := newBench(t)
		b.settle(Start())
		b.settle(Card())
		b.want(name+": "+b.settle(in), name+": on, card?")
		b.want(b.settle(Card()), cmdPPSE)
		b.want(b.settle(b.both()), cmdVisa)
		b.want(name+": "+b.settle(in), name+": on, card?")
		b.want(b.settle(Card()), cmdPPSE)
	}
}

func TestACardThatLeavesForEverEndsTheSession(t *testing.T) {
	b := newBench(t)
	b.settle(Start())
	for range maxStarts - 1 {
		b.settle(Card())
		b.want(b.settle(CardGone()), "on, card?")
	}
	b.settle(Card())
	b.want(b.settle(CardGone()), tryOther)
}

func TestCandidatesFallBackUntilNoneIsLeft(t *testing.T) {
	b := newBench(t)
	b.settle(Start())
	b.settle(Card())
	b.want(b.settle(b.both()), cmdVisa)
	b.want(b.settle(b.card("6A82")), cmdMastercard)
	b.want(b.settle(b.card("6283")), tryOther)
	b.want(b.settle(End()), "off 0, end")
	b.want(b.settle(Start()), "end")
}

func TestADirectoryThatIsRefusedOrEmptyEndsTheSession(t *testing.T) {
	for _, rapdu := range []string{"6A82", "6283", "9000", "6F009000", "6F0AA503BF0C009000", fci(t, "4F07"+visaAID) + "6283"} {
		b := newBench(t)
		b.settle(Start())
		b.settle(Card())
		b.want(rapdu+" "+b.settle(b.card(rapdu)), rapdu+" "+tryOther)
		if b.s.Kernel() != nil {
			t.Error("a kernel is active")
		}
	}
}

func TestAVisaCardWithoutTTQNeedsKernel1(t *testing.T) {
	for name, rapdu := range map[string]string{
		"no PDOL": "6F0B8407" + visaAID + "A5009000", "another PDOL": "6F118407" + visaAID + "A5069F38039F37049000",
		"broken PDOL": "6F108407" + visaAID + "A5059F38029F669000", "no TLV": "6F059000",
	} {
		b := newBench(t)
		b.settle(Start())
		b.settle(Card())
		b.settle(b.both())
		b.want(name+" "+b.settle(b.card(rapdu)), name+" "+cmdMastercard)
		b.want(b.settle(b.card(plainFCI)), "kernel 02 "+mastercardAID+" A, "+cmdGPO)
	}
}

func TestAKernelThatRefusesLosesItsCombination(t *testing.T) {
	b := newBench(t)
	b.refuse = true
	b.settle(Start())
	b.settle(Card())
	b.settle(b.both())
	b.want(b.settle(b.card(visaFCI)), cmdMastercard)
	b.want(b.settle(b.card(plainFCI)), tryOther)
}

// toKernel runs until the Visa kernel's command is out.
func (b *bench) toKernel() {
	b.t.Helper()
	b.settle(Start())
	b.settle(Card())
	b.settle(b.both())
	b.want(b.settle(b.card(visaFCI)), "kernel 03 "+visaAID+" A, "+cmdGPO)
}

func TestSelectNextTakesTheNextCandidateWithoutTheField(t *testing.T) {
	b := newBench(t, contactless.Outcome{Result: contactless.SelectNext}, contactless.Outcome{Result: contactless.SelectNext})
	b.toKernel()
	b.want(b.settle(b.card("6985")), cmdMastercard)
	b.want(b.settle(b.card(plainFCI)), "kernel 02 "+mastercardAID+" A, "+cmdGPO)
	if !b.kernels[0].wiped {
		t.Error("the first kernel is not wiped")
	}
	b.want(b.settle(b.card("6985")), tryOther)
}

func TestTryAgainGoesBackToTheFieldAndTellsTheKernel(t *testing.T) {
	again := contactless.UI{Message: contactless.MessageTryAgain, Status: contactless.UIReadyToRead, HoldTenths: 13}
	b := newBench(t,
		contactless.Outcome{Result: contactless.TryAgain, OnOutcome: &contactless.UI{Message: contactless.MessageSeePhone}, OnRestart: &again, FieldOff: true, FieldHold: 13},
		contactless.Outcome{Result: contactless.Approved})
	b.toKernel()
	b.want(b.settle(CardGone()), "show 20/0, off 13, show 21/2, on, card?")
	b.want(b.settle(Card()), cmdPPSE)
	b.settle(b.both())
	b.settle(b.card(visaFCI))
	if a := b.kernels[1].a; a.Restart || !a.Again || a.Start != contactless.StartA {
		t.Errorf("%+v", a)
	}
	b.want(b.settle(b.card("9000")), "outcome 3")
	if b.s.Kernel() != b.kernels[1] {
		t.Error("the last kernel is not the active one")
	}
}

func TestARestartGoesWhereTheOutcomeSays(t *testing.T) {
	host := &emv.HostAnswer{Result: emv.HostApproved, IssuerAuthentication: make([]byte, 8)}
	declined := &emv.HostAnswer{Result: emv.HostDeclined}
	for name, c := range map[string]struct {
		start  contactless.StartPoint
		online contactless.Online
		host   *emv.HostAnswer
		want   string
	}{
		"A":                          {contactless.StartA, contactless.OnlineRestartB, host, presentAgain},
		"B":                          {contactless.StartB, contactless.OnlineEMVData, host, presentAgain},
		"B, any answer":              {contactless.StartB, contactless.OnlineRestartB, declined, presentAgain},
		"B, no answer":               {contactless.StartB, contactless.OnlineRestartB, nil, presentAgain},
		"C":                          {contactless.StartC, contactless.OnlineEMVData, host, "show 15/2, " + cmdVisa},
		"D":                          {contactless.StartD, contactless.OnlineEMVData, host, "show 15/2, kernel 03 " + visaAID + " D, " + cmdGPO},
		"nowhere":                    {contactless.StartNone, contactless.OnlineRestartB, host, "off 0, end"},
		"EMV data that did not come": {contactless.StartB, contactless.OnlineEMVData, declined, "off 0, end"},
		"EMV data without an answer": {contactless.StartB, contactless.OnlineEMVData, nil, "off 0, end"},
	} {
		b := newBench(t, contactless.Outcome{Result: contactless.OnlineRequest, Start: c.start, Online: c.online})
		b.toKernel()
		b.settle(b.card("9000"))
		b.want(name+": "+b.settle(Restart(c.host)), name+": "+c.want)
	}
}

func TestDataOfTheHostGoToTheSameApplicationOrNowhere(t *testing.T) {
	b := newBench(t, contactless.Outcome{Result: contactless.OnlineRequest, Start: contactless.StartB, Online: contactless.OnlineEMVData})
	b.toKernel()
	b.settle(b.card("9000"))
	scripts := []byte{0x71, 0}
	b.settle(Restart(&emv.HostAnswer{Scripts: scripts}))
	clear(scripts)
	b.want(b.settle(Card()), cmdVisa)
	b.want(b.settle(CardGone()), "on, card?")
	b.want(b.settle(Card()), cmdVisa)
	b.want(b.settle(b.card(visaFCI)), "kernel 03 "+visaAID+" B, "+cmdGPO)
	if a := b.kernels[1].a; !a.Restart || a.Again || a.Host == nil || a.Host.Scripts[0] != 0x71 {
		t.Errorf("%+v", a)
	}

	b = newBench(t, contactless.Outcome{Result: contactless.OnlineRequest, Start: contactless.StartB, Online: contactless.OnlineEMVData})
	b.toKernel()
	b.settle(b.card("9000"))
	b.settle(Restart(&emv.HostAnswer{Scripts: []byte{0x71, 0}}))
	b.settle(Card())
	b.want(b.settle(b.card("6A82")), tryOther)
}

func TestARestartWithoutADirectoryForgetsTheOldCandidates(t *testing.T) {
	b := newBench(t, contactless.Outcome{Result: contactless.OnlineRequest, Start: contactless.StartB, Online: contactless.OnlineRestartB})
	b.toKernel()
	b.settle(b.card("9000"))
	b.settle(Restart(nil))
	b.want(b.settle(Card()), cmdPPSE)
	b.want(b.settle(b.card("6A82")), tryOther)
}

func TestTheRemovalTimeoutAsksForTheCardToBeTakenAway(t *testing.T) {
	b := newBench(t, contactless.Outcome{Result: contactless.OnlineRequest, Start: contactless.StartB, Online: contactless.OnlineEMVData, RemovalDue: 100})
	b.toKernel()
	b.settle(b.card("9000"))
	b.want(b.settle(RemovalDue()), "show 17/4, host?")
	b.want(b.settle(Restart(&emv.HostAnswer{Scripts: []byte{0x71, 0}})), presentAgain)
}

func TestNoCombinationAllowedAsksForAnotherInterface(t *testing.T) {
	b := newBench(t)
	b.s = New(b.s.cfg, emv.Order{TransactionType: 0x20}, b.build)
	b.want(b.settle(Start()), "show 15/2, show 18/5, outcome 6")
}

func TestInputsThatNobodyAskedForChangeNothing(t *testing.T) {
	b := newBench(t)
	b.want(b.say(Card()), "none")
	b.want(b.say(Start()), "show 15/2")
	for _, in := range []Input{Start(), Ready(), Card(), Response([]byte{0x90, 0}), CardGone(), Restart(nil), End(), RemovalDue(), {}} {
		b.want(b.say(in), "show 15/2")
	}
	b.want(b.say(Done(), Done()), "card?")
	b.want(b.say(Done()), "card?")
}

func TestAbortEndsAllButAnOutcome(t *testing.T) {
	b := newBench(t, contactless.Outcome{Result: contactless.Approved, OnOutcome: &contactless.UI{Message: contactless.MessageApproved}})
	b.want(b.say(Abort()), "outcome 7")
	b = newBench(t)
	b.settle(Start())
	b.want(b.say(Abort(), Abort()), "outcome 7")
	b = newBench(t)
	b.toKernel()
	b.want(b.say(Abort()), "outcome 7")
	if !b.kernels[0].wiped || b.s.Kernel() != nil {
		t.Error("the kernel is not wiped")
	}
	b = newBench(t, contactless.Outcome{Result: contactless.Approved, OnOutcome: &contactless.UI{Message: contactless.MessageApproved}})
	b.toKernel()
	b.want(b.say(b.card("9000")), "show 03/0")
	b.want(b.say(Abort()), "outcome 3")
}

func TestAKernelWithoutAWordEndsTheSession(t *testing.T) {
	b := newBench(t)
	b.toKernel()
	b.want(b.settle(b.card("9000")), tryOther)
}

func TestWipeClearsWhatCardAndHostSent(t *testing.T) {
	b := newBench(t, contactless.Outcome{Result: contactless.OnlineRequest, Start: contactless.StartB, Online: contactless.OnlineEMVData})
	b.toKernel()
	b.settle(b.card("9000"))
	b.settle(Restart(&emv.HostAnswer{Scripts: []byte{0x71, 1, 0xAA}}))
	id, aid := b.s.Selected()
	b.want(fmt.Sprintf("%X %X", id, aid), "03 "+visaAID)
	fci, host := b.kernels[0].a.FCI, b.s.host
	b.s.Wipe()
	b.s.Wipe()
	if !b.kernels[0].wiped || len(bytes.Trim(fci, "\x00")) > 0 || len(bytes.Trim(host.Scripts, "\x00")) > 0 {
		t.Error("something is left")
	}
	b.want(b.say(Start()), "end")
}

// FuzzSession takes any sequence of inputs: it never panics and, since the card
// chooses them, comes to an end.
func FuzzSession(f *testing.F) {
	f.Add([]byte{2, 3, 3, 4, 7, 7, 7}, []byte{0x90, 0})
	f.Add([]byte{2, 3, 3, 4, 7, 3, 7, 10}, unhex(f, visaFCI))
	f.Fuzz(func(t *testing.T, inputs, rapdu []byte) {
		directory := unhex(t, fci(t, "4F07"+visaAID, "4F07"+mastercardAID+"870102")+"9000")
		b := newBench(t)
		for i, in := range inputs {
			b.outcomes = []contactless.Outcome{{
				Result: contactless.Result(in >> 4), Start: []contactless.StartPoint{0, 'A', 'B', 'C', 'D'}[i%5],
				Online: contactless.Online(i % 3), FieldOff: i%7 == 0,
			}}
			one := Input{Kind: InputKind(in & 0x0F), Response: rapdu}
			if in >= 0x80 {
				one.Response = directory
			}
			if i%2 == 0 {
				one.Host = &emv.HostAnswer{Scripts: rapdu}
			}
			b.s.Next(one)
		}
		b.s.Next(Abort())
		b.s.Wipe()
	})
}
