package transaction

import (
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// signOn has the host answer a sign-on that it knows the terminal's payments up to a
// number, as the journal knows them up to top.
func (l *lane) signOn(known func(top payment.RRN) payment.RRN) {
	l.step(HostUp{})
	l.step(NetworkChecked{Serial: l.core.host.serial, SignedOn: call.SignedOn{
		Response: payment.ResponseCode{'0', '0'}, TopRRN: known(l.core.topPaid)}})
	l.events = nil
}

func (l *lane) refusesToSell() bool {
	l.step(Start{Reply: 1, Start: mailbox.Start{ID: payment.ID{9}, Type: payment.TypeSale, Amount: 1, Currency: payment.EUR, TimeoutSeconds: 60}})
	return l.replies[len(l.replies)-1].Refused == mailbox.CodeTampered
}

func TestAJournalThatIsOneNumberBehindIsFoundOutAndThePresentOneIsNot(t *testing.T) {
	l := newLane(t, script{})
	l.signOn(func(top payment.RRN) payment.RRN { return top })
	if l.refusesToSell() {
		t.Fatal("the present journal is taken for an older one")
	}
	l = newLane(t, script{})
	l.signOn(func(top payment.RRN) payment.RRN { return top + 1 })
	if !l.refusesToSell() {
		t.Fatal("an older journal is taken for the present one")
	}
}

// A sign-on whose answer is lost uses up a number that is missing, and must not hide
// with it that it is.
func TestSignOnsWithoutAnswersDoNotHideAnOlderJournal(t *testing.T) {
	l := newLane(t, script{})
	missing := l.core.topPaid + 1
	for range 5 {
		l.boot()
		l.step(HostUp{})
	}
	if l.core.rrn <= missing {
		t.Fatal("the control: no number was used up")
	}
	l.signOn(func(payment.RRN) payment.RRN { return missing })
	if !l.refusesToSell() {
		t.Error("an older journal is taken for the present one")
	}
}

// Each sign-on uses up one of the numbers that are missing, so after some restarts the
// host would find nothing strange any more.
func TestAnOlderJournalStaysOneThroughRestarts(t *testing.T) {
	l := newLane(t, script{})
	l.signOn(func(top payment.RRN) payment.RRN { return top + 1 })
	for range 3 {
		l.boot()
		l.signOn(func(payment.RRN) payment.RRN { return 0 })
		if !l.refusesToSell() {
			t.Fatal("it sells again")
		}
	}
	if l.core.State().Terminal != payment.TerminalStateNeedsAttention {
		t.Errorf("it is %v", l.core.State().Terminal)
	}
}

// What an older journal does not know to be complete may be, and reversing it would
// take money back that somebody paid. People settle it.
func TestTheReversalsOfAnOlderJournalAreNotSent(t *testing.T) {
	for name, known := range map[string]payment.RRN{"older": 999, "present": 0} {
		l := newLane(t, script{lost: true})
		l.run()
		l.step(Start{Reply: 1, Start: l.order(1)})
		for len(l.core.reversals) == 0 && len(l.events) > 0 {
			e := l.events[0]
			l.events = l.events[1:]
			l.step(e)
		}
		l.boot()
		l.signOn(func(payment.RRN) payment.RRN { return known })
		for range 20 {
			l.core.onReversalTimer()
			l.carryOut(l.core.out)
		}
		if sent := len(l.host.reversed) > 0; sent != (name == "present") {
			t.Errorf("%s: sent: %v", name, sent)
		}
		if name == "older" && len(l.core.State().Prepared) != 1 {
			t.Error("the reversal is not listed for people")
		}
	}
}
