package transaction

import (
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// alone permits a card to approve without the host.
func alone(c *Config) {
	c.OfflineLimit, c.OfflineSum, c.OfflineCount, c.OfflineAge = 1000, 2500, 3, time.Hour
	c.Interfaces = sred.InterfaceChip | sred.InterfaceContactless
}

// paidAlone pays while the host is away.
func (l *lane) paidAlone(id byte, amount payment.Amount) (mailbox.View, mailbox.Code) {
	n := len(l.replies)
	l.step(Start{Reply: uint64(id), Start: ask(id, 0, payment.TypeSale, amount)})
	l.drain()
	if len(l.replies) == n {
		return mailbox.View{}, 0
	}
	return l.told[payment.ID{id}], l.replies[n].Refused
}

func (l *lane) away() {
	l.t.Helper()
	l.run()
	l.step(HostDown{})
}

func TestACardApprovesWhileTheHostIsAway(t *testing.T) {
	for _, refuses := range []bool{false, true} {
		l := newLane(t, script{configure: alone})
		l.host.refuses = refuses
		l.away()
		v, code := l.paidAlone(1, 700)
		if code != 0 || v.Outcome != payment.OutcomeApproved || !v.Offline || v.Money != payment.MoneyCaptured || !v.Receipt.Completed || v.Approved != 700 {
			t.Fatalf("%v, %+v", code, v)
		}
		if p := l.core.State().Prepared; len(p) != 1 || p[0].ID != (payment.ID{1}) || len(p[0].Message) == 0 {
			t.Errorf("people would be given %+v", p)
		}
		if l.taking.Interfaces != sred.InterfaceChip {
			t.Errorf("interfaces %v", l.taking.Interfaces)
		}
		if _, code := l.paidAlone(2, 1001); code != mailbox.CodeOffline {
			t.Errorf("above the limit: %v", code)
		}
		n := len(l.replies)
		l.step(Start{Reply: 3, Start: ask(3, 1, payment.TypeRefund, 1)})
		l.step(Start{Reply: 4, Start: ask(4, 1, payment.TypeVoid, 0)})
		if l.replies[n].Refused != mailbox.CodeHost || l.replies[n+1].Refused != mailbox.CodeState {
			t.Errorf("continued before the host has judged it: %v, %v", l.replies[n].Refused, l.replies[n+1].Refused)
		}
		l.run()
		v = l.told[payment.ID{1}]
		if v.Outcome != payment.OutcomeApproved || v.Offline != refuses || (v.Money == payment.MoneyCaptured) == refuses || v.Version != FinalVersion+1 {
			t.Errorf("refused %v: %+v", refuses, v)
		}
		want := mailbox.Totals{Sales: 1, SalesAmount: 700}
		if refuses {
			want = mailbox.Totals{}
		}
		if l.core.books.totals != want {
			t.Errorf("%+v", l.core.books.totals)
		}
		l.balanced()
	}
}

// What is told of a card is durable: a decline has no intent that would be.
func TestACardsOwnDeclineIsTheSameAfterARestart(t *testing.T) {
	l := newLane(t, script{configure: alone, noTC: true})
	l.token = payment.Token{7}
	l.away()
	v, code := l.paidAlone(1, 700)
	if code != 0 || v.Outcome != payment.OutcomeDeclined {
		t.Fatalf("%v, %+v", code, v)
	}
	l.boot()
	if again := l.core.payments[payment.ID{1}].view; again != v {
		t.Errorf("%+v before, %+v after", v, again)
	}
}

func TestWhatACardApprovesAloneIsLimited(t *testing.T) {
	l := newLane(t, script{configure: alone})
	l.away()
	for i, x := range []struct {
		amount payment.Amount
		want   mailbox.Code
	}{{1000, 0}, {900, 0}, {601, mailbox.CodeOffline}, {500, 0}, {1, mailbox.CodeOffline}} {
		if _, code := l.paidAlone(byte(i+1), x.amount); code != x.want {
			t.Errorf("%d, %d: %v", i, x.amount, code)
		}
	}
	if l.core.State().NeedsAttention {
		t.Error("people are called at once")
	}
	l.now = l.now.Add(2 * time.Hour)
	l.step(HostLate{})
	if !l.core.State().NeedsAttention || l.core.mayBeAlone(ask(9, 0, payment.TypeSale, 1)) != mailbox.CodeOffline {
		t.Error("nobody is called to what is overdue")
	}
	for name, c := range map[string]func(*Config){"not permitted": func(c *Config) { alone(c); c.OfflineLimit = 0 },
		"no chip": func(c *Config) { alone(c); c.Interfaces = sred.InterfaceContactless }} {
		l := newLane(t, script{configure: c})
		l.away()
		if _, code := l.paidAlone(1, 1); code != mailbox.CodeHost {
			t.Errorf("%s: %v", name, code)
		}
	}
}

func TestOnlyAChipsTCApprovesWithoutTheHost(t *testing.T) {
	for name, s := range map[string]script{"no TC": {noTC: true}, "stripe": {entry: payment.EntryModeSwipe}, "online PIN": {pin: true},
		"reader lost": {readerLost: phaseFinish}, "pulled": {pulled: phaseFinish}, "canceled": {cancelIn: phaseFinish}} {
		s.configure = alone
		l := newLane(t, s)
		l.away()
		v, code := l.paidAlone(1, 700)
		if code != 0 || v.Outcome == payment.OutcomeApproved || v.Money != payment.MoneyNone || len(l.core.outbox) != 0 {
			t.Errorf("%s: %v, %+v", name, code, v)
		}
	}
}

func TestWhatACardApprovedAloneSurvivesAPowerCutAtEveryEffect(t *testing.T) {
	run := func(l *lane) {
		l.run()
		l.step(HostDown{})
		for id := range byte(2) {
			if !l.dark {
				l.paidAlone(id+1, 700)
			}
		}
		l.run()
	}
	for _, refuses := range []bool{false, true} {
		s := script{configure: alone, silent: true}
		whole := newLane(t, s)
		run(whole)
		for cut := 1; cut <= whole.effects; cut++ {
			for _, again := range []int{0, 2, 5} {
				l := newLaneCut(t, s, cut, again == 2)
				l.host.refuses = refuses
				if again > 0 {
					l.again = cut + again
				}
				run(l)
				for id := range l.told {
					v := l.core.payments[id].view
					booked := l.host.booked[v.Receipt.STAN]
					if v.Offline && !refuses || v.Outcome == payment.OutcomeApproved && v.Captured != booked {
						t.Fatalf("cut at %d: %+v, the host has %d", cut, v, booked)
					}
				}
				l.balanced()
			}
		}
	}
}

// A host that says refused and then booked, under right MACs, has refused: here both
// answers come while a payment has the application's instance.
func TestTheFirstAnswerCountsWhileAPaymentIsUnderWay(t *testing.T) {
	l := newLane(t, script{configure: alone})
	l.away()
	if v, code := l.paidAlone(1, 700); code != 0 || v.Outcome != payment.OutcomeApproved {
		t.Fatalf("%v, %+v", code, v)
	}
	c := l.core
	c.tell.inFlight = true
	q := tellQuestion(c.outbox[0])
	for _, frame := range [][]byte{{5}, {0}} {
		if !c.onTellAnswer(q, frame) {
			t.Fatal("an answer is not taken for one")
		}
	}
	if c.tell.answer[0] != 5 || c.counters.Late != 1 {
		t.Errorf("the answer is %v, %d came late", c.tell.answer, c.counters.Late)
	}
}
