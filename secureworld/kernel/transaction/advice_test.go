package transaction

import (
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

func TestTheHostIsToldWhatTheCardDidWithItsScripts(t *testing.T) {
	for name, c := range map[string]struct {
		script script
		sent   int
	}{
		"approved":             {script{scripts: true}, 1},
		"declined":             {script{scripts: true, decline: true}, 1},
		"no TC":                {script{scripts: true, noTC: true}, 1},
		"the host deaf twice":  {script{scripts: true, deaf: 2}, 3},
		"no script":            {script{}, 0},
		"the card pulled":      {script{scripts: true, pulled: phaseFinish}, 0},
		"no card to be asked":  {script{scripts: true, entry: payment.EntryModeContactless}, 0},
		"keyed":                {script{scripts: true, keyed: true}, 0},
		"wrong PIN with it":    {script{scripts: true, pin: true, wrongPINs: 1}, 2}, // one for each attempt
		"the line lost before": {script{scripts: true, hostLost: phaseFinish}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLane(t, c.script)
			l.sale()
			l.settled()
			sent := 0
			for _, n := range l.host.advised {
				sent += n
			}
			if sent != c.sent || len(l.core.advice.queue) != 0 {
				t.Errorf("%d advices sent, %d wait", sent, len(l.core.advice.queue))
			}
		})
	}
}

func TestAnAdviceOutlivesARestartAndIsToldOnce(t *testing.T) {
	l := newLane(t, script{scripts: true, deaf: 1 << 20})
	l.run()
	l.step(Start{Reply: 1, Start: l.order(1)})
	for len(l.events) > 0 {
		l.drain()
	}
	if len(l.core.advice.queue) != 1 {
		t.Fatal("nothing waits for the host")
	}
	l.host.deaf = 0
	l.boot()
	l.run()
	l.boot()
	l.run()
	if n := l.host.advised[l.told[payment.ID{1}].Receipt.STAN]; n != 2 || len(l.core.advice.queue) != 0 {
		t.Errorf("told %d times", n)
	}
}

func TestAnAdviceWaitsForThePaymentUnderWay(t *testing.T) {
	l := newLane(t, script{scripts: true, deaf: 1})
	l.run()
	l.step(Start{Reply: 1, Start: l.order(1)})
	l.drain()
	if !l.core.advice.inFlight {
		t.Fatal("no advice is on its way")
	}
	stan := l.core.advice.queue[0].Terms.STAN
	l.core.Step(Input{Now: l.now, Random: [RandomSize]byte{9}, Event: Start{Reply: 2, Start: l.order(2)}})
	for _, e := range l.core.Step(Input{Now: l.now, Event: HostFrame{Question: Question{ClassAdvice, stan}, Frame: []byte("x")}}) {
		if _, is := e.(CheckAdvice); is {
			t.Error("its answer takes the application's instance from the payment")
		}
	}
	checked := false
	for _, e := range l.core.Step(Input{Now: l.now, Event: Cancel{Reply: 3, ID: payment.ID{2}}}) {
		_, is := e.(CheckAdvice)
		checked = checked || is
	}
	if !checked {
		t.Error("its answer is forgotten")
	}
}

func TestResultsThatNobodyAskedForAreNotTold(t *testing.T) {
	for name, c := range map[string]struct {
		asked   bool
		results []byte
	}{
		"without scripts":     {false, scriptDone()},
		"half a result":       {true, scriptDone()[:4]},
		"one result and more": {true, append(scriptDone(), 0)},
	} {
		l := newLane(t, script{})
		l.run()
		before := len(l.journal)
		l.core.advise(&entry{scripts: c.asked}, ReaderFinished(sred.Finished{Scripts: c.results}))
		if len(l.core.advice.queue) != 0 || len(l.journal) != before {
			t.Errorf("%s: queued", name)
		}
	}
}

func TestAdvicesAreBounded(t *testing.T) {
	l := newLane(t, script{})
	for range MaxAdvices + 1 {
		l.core.advise(&entry{scripts: true}, ReaderFinished(sred.Finished{Scripts: scriptDone()}))
	}
	if len(l.core.advice.queue) != MaxAdvices || l.core.counters.Unpermitted != 1 {
		t.Errorf("%d wait", len(l.core.advice.queue))
	}
}

func TestAnAdviceThatIsNotBuiltOrVerifiedIsRepeated(t *testing.T) {
	l := newLane(t, script{scripts: true, deaf: 1})
	l.run()
	l.step(Start{Reply: 1, Start: l.order(1)})
	l.drain()
	rrn := l.core.advice.queue[0].Terms.RRN
	l.step(AdviceChecked{RRN: rrn, Code: call.CodeMAC})
	l.step(AdviceChecked{RRN: rrn + 1})
	if len(l.core.advice.queue) != 1 || l.core.counters.BadMACs != 1 {
		t.Fatal("an answer that does not verify is believed")
	}
	l.step(AdviceBuilt{RRN: rrn, Code: call.CodeKey})
	if l.core.advice.inFlight || !l.core.advice.waiting {
		t.Fatal("what was not built is waited for")
	}
	l.run()
	if len(l.core.advice.queue) != 0 {
		t.Error("it was never told")
	}
}
