package applications

import (
	"bytes"
	"context"
	"encoding/binary"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"

	"github.com/strongroom-pos/strongroom/secureworld/internal/entitlement"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/tahost"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	loyaltycall "github.com/strongroom-pos/strongroom/secureworld/ta/loyalty/call"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/card"
	cryptocall "github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/storage/call"
)

func TestApplicationsOfTheImageAreCompiledAndServe(t *testing.T) {
	m, err := memory()
	if err != nil {
		t.Fatal(err)
	}
	modules := Compile(t.Context(), []handover.ProvidedApplication{given(t, "one", probe, entitlement.Grant{Image: true}),
		{Name: "broken", Wasm: []byte("no module"), Grant: entitlement.Grant{Version: 1, Image: true}}}, m.Small(), noCaches)
	w := newWorld(t)
	w.Registry = registry(t, w.cfg, modules)
	t.Cleanup(w.Close)
	w.goesOn("one")
	if a := w.state("broken"); a.State != mailbox.ApplicationDisabled || a.Reason != mailbox.ApplicationStart {
		t.Errorf("%+v", a)
	}
	if a := w.state("one"); a.State != mailbox.ApplicationRuns || a.Interpreted {
		t.Errorf("%+v", a)
	}
	if _, code := w.asks("broken", echo, nil); code != mailbox.CodeStopped {
		t.Errorf("%v", code)
	}
	if o := w.Remove("one"); o != handover.OutcomeFixed {
		t.Errorf("%v", o)
	}
	if o := w.Install(given(t, "one", probe, entitlement.Grant{Version: 2})); o != handover.OutcomeFixed {
		t.Errorf("%v", o)
	}
}

func TestWhatOneDoesTheOthersGoOn(t *testing.T) {
	w := newWorld(t)
	w.install("good", entitlement.Grant{})
	for name, c := range map[string]struct {
		op     uint32
		quotas entitlement.Quotas
		want   mailbox.ApplicationReason
	}{
		"hangs":   {loop, entitlement.Quotas{DeadlineMillis: 100, CallsPerSecond: 100, CPUMillis: 500}, mailbox.ApplicationHung},
		"crashes": {trap, entitlement.Quotas{}, mailbox.ApplicationCrashed},
		"exits":   {exit, entitlement.Quotas{}, mailbox.ApplicationCrashed},
		"eats":    {eat, entitlement.Quotas{DeadlineMillis: 2000, CallsPerSecond: 100, CPUMillis: 500}, mailbox.ApplicationCrashed},
	} {
		t.Run(name, func(t *testing.T) {
			w.T = t
			w.install(name, entitlement.Grant{Quotas: c.quotas})
			w.goesOn(name)
			if _, code := w.asks(name, c.op, []byte("canary")); code != mailbox.CodeApplication {
				t.Errorf("%v", code)
			}
			if a := w.state(name); a.State != mailbox.ApplicationWaits || a.Reason != c.want || a.Failures != 1 {
				t.Errorf("%+v", a)
			}
			if _, code := w.asksAtOnce(name, echo, nil); code != mailbox.CodeStopped {
				t.Errorf("while it waits: %v", code)
			}
			w.goesOn("good")
			w.wait(lastPause)
			w.goesOn(name) // again
			if o := w.Remove(name); o != handover.OutcomeDone {
				t.Errorf("%v", o)
			}
		})
	}
}

func TestOneThatHangsHoldsUpNoOther(t *testing.T) {
	w := newWorld(t)
	w.install("good", entitlement.Grant{})
	w.install("hangs", entitlement.Grant{Quotas: entitlement.Quotas{DeadlineMillis: 1000, CallsPerSecond: 100, CPUMillis: 500}})
	done := make(chan mailbox.Code, 4)
	for range cap(done) { // more than there are turns
		go func() {
			_, code := w.asksAtOnce("hangs", loop, nil)
			done <- code
		}()
	}
	w.goesOn("good")
	hung := 0
	for range cap(done) {
		if <-done == mailbox.CodeApplication {
			hung++
		}
	}
	if hung == 0 {
		t.Error("nothing hung: the test is blind")
	}
}

func TestAnApplicationThatFailsAgainAndAgainIsDisabledUntilItIsUpdated(t *testing.T) {
	w := newWorld(t)
	w.install("bad", entitlement.Grant{Version: 1})
	for i := range maxFailures {
		w.wait(lastPause)
		if _, code := w.asks("bad", trap, nil); code != mailbox.CodeApplication {
			t.Fatalf("failure %d: %v", i, code)
		}
	}
	w.wait(time.Hour)
	if _, code := w.asks("bad", echo, nil); code != mailbox.CodeStopped || w.state("bad").State != mailbox.ApplicationDisabled {
		t.Errorf("%v, %+v", code, w.state("bad"))
	}
	if len(w.fell) != maxFailures {
		t.Errorf("%d were told", len(w.fell))
	}
	w.install("bad", entitlement.Grant{Version: 2})
	w.goesOn("bad")
	if a := w.state("bad"); a.Version != 2 || !a.Interpreted || a.Failures != 0 {
		t.Errorf("%+v", a)
	}
}

func TestFailuresAreForgottenWhenItWentWellForAWhile(t *testing.T) {
	w := newWorld(t)
	w.install("odd", entitlement.Grant{})
	for range maxFailures + 2 {
		w.wait(calm)
		w.goesOn("odd")
		if _, code := w.asks("odd", trap, nil); code != mailbox.CodeApplication {
			t.Fatal(code)
		}
		w.wait(calm)
		w.goesOn("odd")
	}
}

func TestWhatTheManifestDoesNotNameIsDenied(t *testing.T) {
	w := newWorld(t)
	w.install("none", entitlement.Grant{})
	w.install("all", entitlement.Grant{Permissions: entitlement.Storage | entitlement.Crypto | entitlement.Clock})
	random := string([]byte{0, 0, 0, 8, 0, 0, 0, 0})
	put := string(call.AppendPut(nil, "a", []byte("b")))
	for fn, c := range map[uint32]struct {
		request string
		denied  int32
	}{
		call.FnPut: {put, int32(call.CodeNotPermitted)}, call.FnGet: {"a", int32(call.CodeNotPermitted)},
		call.FnList: {"", int32(call.CodeNotPermitted)}, call.FnDelete: {"z", int32(call.CodeNotPermitted)},
		cryptocall.FnRandom: {random, int32(cryptocall.CodeNotPermitted)},
		1:                   {"", tasdk.CodeHostUnknown}, // the payment application's
		13:                  {"", tasdk.CodeHostUnknown},
	} {
		if _, code := w.hostCall("none", fn, c.request); code != c.denied {
			t.Errorf("function %d without permission: %d", fn, code)
		}
		if c.denied == tasdk.CodeHostUnknown {
			continue
		}
		if fn != call.FnPut {
			w.hostCall("all", call.FnPut, put)
		}
		if _, code := w.hostCall("all", fn, c.request); code != 0 {
			t.Errorf("function %d with permission: %d", fn, code)
		}
	}
	if a, _ := w.asks("none", clock, nil); !bytes.HasPrefix(a.Answer, []byte("1970-01-01")) {
		t.Errorf("without permission it is %s", a.Answer)
	}
	if a, _ := w.asks("all", clock, nil); bytes.HasPrefix(a.Answer, []byte("1970")) {
		t.Errorf("with permission it is %s", a.Answer)
	}
}

func TestNoApplicationReachesAnothersSpaceOrMemory(t *testing.T) {
	w := newWorld(t)
	g := entitlement.Grant{Permissions: entitlement.Storage}
	w.install("victim", g)
	w.install("thief", g)
	canary := []byte("the victim's secret 4d1f")
	if _, code := w.asks("victim", keep, canary); code != mailbox.CodeNone {
		t.Fatal(code)
	}
	if _, code := w.hostCall("victim", call.FnPut, string(call.AppendPut(nil, "secret", canary))); code != 0 {
		t.Fatal(code)
	}
	for _, name := range []string{"secret", "app/victim/space/secret", "../victim/secret", "victim.secret"} {
		if got, code := w.hostCall("thief", call.FnGet, name); code == 0 {
			t.Errorf("%q: %q", name, got)
		}
	}
	if got, code := w.hostCall("thief", call.FnList, ""); code != 0 || got != "" {
		t.Errorf("%q, %d", got, code)
	}
	inverted := bytes.Clone(canary)
	for i := range inverted {
		inverted[i] ^= 0xff
	}
	w.asks("victim", keep, canary)
	search := func(name string) string {
		a, code := w.asks(name, look, inverted)
		if code != mailbox.CodeNone {
			t.Fatal(code)
		}
		return string(a.Answer)
	}
	// The search finds what it was asked for in the request itself: once or more.
	thief, victim := search("thief"), search("victim")
	if victim <= thief {
		t.Errorf("the victim's memory holds it %s times, the thief's %s times: the search is blind", victim, thief)
	}
}

func TestQuotasAreHeld(t *testing.T) {
	w := newWorld(t)
	w.install("calls", entitlement.Grant{Quotas: entitlement.Quotas{CallsPerSecond: 3, CPUMillis: 500}})
	served := 0
	for range 20 {
		if _, code := w.asksAtOnce("calls", echo, nil); code == mailbox.CodeNone {
			served++
		} else if code != mailbox.CodeQuota {
			t.Fatal(code)
		}
	}
	if served < 3 || served > 10 {
		t.Errorf("%d of 20 calls were served", served)
	}
	w.install("time", entitlement.Grant{Quotas: entitlement.Quotas{DeadlineMillis: 200, CallsPerSecond: 200, CPUMillis: 10}})
	w.asksAtOnce("time", loop, nil)
	w.wait(2 * time.Second) // its pause is over, its time is not paid back
	if _, code := w.asksAtOnce("time", echo, nil); code != mailbox.CodeQuota && code != mailbox.CodeNone {
		t.Errorf("%v", code)
	}
	w.install("keys", entitlement.Grant{Permissions: entitlement.Crypto, Quotas: entitlement.Quotas{Keys: 2, CallsPerSecond: 200, CPUMillis: 500}})
	generate := string(cryptocall.Append(nil, cryptocall.Head{Algorithm: cryptocall.AES256GCM, Usage: cryptocall.Encrypt}, nil))
	for i, want := range []int32{0, 0, int32(cryptocall.CodeQuota)} {
		if _, code := w.hostCall("keys", cryptocall.FnGenerate, generate); code != want {
			t.Errorf("key %d: %d", i, code)
		}
	}
	w.install("storage", entitlement.Grant{Permissions: entitlement.Storage, Quotas: entitlement.Quotas{StorageBytes: 100, CallsPerSecond: 200, CPUMillis: 500}})
	if _, code := w.hostCall("storage", call.FnPut, string(call.AppendPut(nil, "a", make([]byte, 101)))); code != int32(call.CodeQuota) {
		t.Errorf("%d", code)
	}
	if o := w.Install(given(t, "memory", probe, entitlement.Grant{Quotas: entitlement.Quotas{MemoryPages: 129}})); o != handover.OutcomeDenied {
		t.Errorf("more pages than there are: %v", o)
	}
	if o := w.Install(given(t, "memory", probe, entitlement.Grant{Quotas: entitlement.Quotas{MemoryPages: 16}})); o != handover.OutcomeNotStarted {
		t.Errorf("a module that does not fit: %v", o)
	}
}

func TestTimeShareIsPaidBack(t *testing.T) {
	b := budget{}
	q := entitlement.Quotas{CallsPerSecond: 10, CPUMillis: 100}
	now := time.Now()
	if !b.allows(q, now) {
		t.Fatal("a new application may not run")
	}
	b.used(time.Second)
	for _, c := range []struct {
		after time.Duration
		want  bool
	}{{time.Second, false}, {8 * time.Second, false}, {10 * time.Second, true}} {
		if got := b.allows(q, now.Add(c.after)); got != c.want {
			t.Errorf("after %v: %v", c.after, got)
		}
	}
}

func TestTheAppWorldReachesNoApplicationWithAccountData(t *testing.T) {
	w := newWorld(t)
	w.install("sees", entitlement.Grant{Permissions: entitlement.AccountData, Countersigned: true})
	w.install("plain", entitlement.Grant{})
	for name, c := range map[string]struct {
		application string
		op          uint32
		want        mailbox.Code
	}{
		"the payment application":        {"payment", echo, mailbox.CodeNotPermitted},
		"one that may see account data":  {"sees", echo, mailbox.CodeNotPermitted},
		"the kernel's operation of one":  {"plain", card.OpPaid, mailbox.CodeNotPermitted},
		"any operation of the kernel's":  {"plain", 1<<32 - 1, mailbox.CodeNotPermitted},
		"one that there is not":          {"nobody", echo, mailbox.CodeNotFound},
		"the control: one that may be":   {"plain", echo, mailbox.CodeNone},
		"its own reason comes through":   {"plain", ownCode, mailbox.CodeNone},
		"one without a name":             {"", echo, mailbox.CodeNotFound},
		"a name that leads to the other": {"payment\x00", echo, mailbox.CodeNotFound},
	} {
		if a, code := w.asks(c.application, c.op, nil); code != c.want || c.op == ownCode && a.Code != 42 {
			t.Errorf("%s: %+v, %v", name, a, code)
		}
	}
	if _, err := w.find("sees").call(t.Context(), kernelSelf, echo, nil); err != nil {
		t.Errorf("the kernel itself: %v", err)
	}
}

func TestApplicationsComeChangeAndGo(t *testing.T) {
	w := newWorld(t)
	g := entitlement.Grant{Permissions: entitlement.Storage | entitlement.Crypto}
	w.install("a", g)
	w.hostCall("a", call.FnPut, string(call.AppendPut(nil, "kept", []byte("1"))))
	before := w.find("a")
	w.install("a", g)
	if got, code := w.hostCall("a", call.FnGet, "kept"); code != 0 || got != "1" {
		t.Errorf("after an update: %q, %d", got, code)
	}
	if _, err := before.call(t.Context(), appWorld, echo, nil); err == nil {
		t.Error("the predecessor serves")
	}
	broken := given(t, "a", probe, g)
	broken.Wasm = broken.Wasm[:1000]
	if o := w.Install(broken); o != handover.OutcomeNotStarted {
		t.Errorf("%v", o)
	}
	w.goesOn("a") // the one before
	if o := w.Remove("a"); o != handover.OutcomeDone || w.shelves.spaces["a"] != nil {
		t.Errorf("%v, %v", o, w.shelves.spaces)
	}
	if o := w.Remove("a"); o != handover.OutcomeUnknown {
		t.Errorf("%v", o)
	}
	g.KeepData = true
	w.install("a", g)
	w.hostCall("a", call.FnPut, string(call.AppendPut(nil, "kept", []byte("2"))))
	if o := w.Remove("a"); o != handover.OutcomeDone || w.shelves.spaces["a"] == nil {
		t.Errorf("what its manifest keeps is gone: %v", o)
	}
	for i := range maxApplications + 1 {
		o := w.Install(given(t, string(rune('b'+i)), probe, entitlement.Grant{}))
		if want := map[bool]handover.Outcome{true: handover.OutcomeDone, false: handover.OutcomeFull}[i < maxApplications]; o != want {
			t.Errorf("application %d: %v", i, o)
		}
	}
	if o := w.Install(given(t, "payment", probe, entitlement.Grant{})); o != handover.OutcomeFixed {
		t.Errorf("in the place of the payment application: %v", o)
	}
	if o := w.Remove("payment"); o != handover.OutcomeFixed {
		t.Errorf("%v", o)
	}
}

func TestKeysStayThroughAnUpdateAndGoWithTheApplication(t *testing.T) {
	w := newWorld(t)
	g := entitlement.Grant{Permissions: entitlement.Crypto}
	w.install("a", g)
	w.install("b", g)
	label := []byte("receipts")
	generate := string(cryptocall.Append(nil, cryptocall.Head{Algorithm: cryptocall.AES256CMAC, Usage: cryptocall.MAC, Flags: cryptocall.Persistent}, label))
	find := string(cryptocall.Append(nil, cryptocall.Head{}, label))
	if _, code := w.hostCall("a", cryptocall.FnGenerate, generate); code != 0 {
		t.Fatal(code)
	}
	if _, code := w.hostCall("b", cryptocall.FnFind, find); code != int32(cryptocall.CodeNoKey) {
		t.Errorf("another application's key: %d", code)
	}
	w.install("a", g)
	if _, code := w.hostCall("a", cryptocall.FnFind, find); code != 0 {
		t.Errorf("after an update: %d", code)
	}
	if o := w.Remove("a"); o != handover.OutcomeDone {
		t.Fatal(o)
	}
	w.install("a", g)
	if _, code := w.hostCall("a", cryptocall.FnFind, find); code != int32(cryptocall.CodeNoKey) {
		t.Errorf("after a removal: %d", code)
	}
}

func TestInstancesAreRenewedAndKeepNothing(t *testing.T) {
	w := newWorld(t)
	w.install("a", entitlement.Grant{})
	w.asks("a", keep, []byte("x"))
	if a, _ := w.asks("a", kept, nil); string(a.Answer) != "x" {
		t.Error("an instance does not outlive a call")
	}
	for range renewAfter {
		w.goesOn("a")
	}
	if a, code := w.asks("a", kept, nil); string(a.Answer) != "" || code != mailbox.CodeNone {
		t.Errorf("%q, %v", a.Answer, code)
	}
}

func TestAnApplicationIsToldOfPaymentsThatWereApproved(t *testing.T) {
	w := newWorld(t)
	g := entitlement.Grant{Permissions: entitlement.CardIdentifier | entitlement.Storage, Quotas: entitlement.Quotas{DeadlineMillis: 2000, CallsPerSecond: 200, CPUMillis: 500}}
	if o := w.Install(given(t, "loyalty", loyalty, g)); o != handover.OutcomeDone {
		t.Fatal(o)
	}
	w.install("other", entitlement.Grant{})
	if names := w.Interested(); len(names) != 1 || names[0] != "loyalty" {
		t.Errorf("%v", names)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); w.Registry.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	pay := func(id, token byte, outcome payment.Outcome) {
		w.Identify(payment.Token{token}, []Identified{{"loyalty", card.Identifier{7}}})
		v := mailbox.View{ID: payment.ID{id}, Type: payment.TypeSale, Approved: 1250, Currency: payment.EUR, Status: payment.StatusAuthorizing}
		v.Card.Token = payment.Token{token}
		w.Changed(v)
		v.Status, v.Outcome = payment.StatusCompleted, outcome
		w.Changed(v)
		w.Changed(v)
	}
	pay(1, 1, payment.OutcomeApproved)
	pay(2, 2, payment.OutcomeDeclined)
	pay(3, 3, payment.OutcomeApproved)
	points := func(id byte) (uint64, uint16) {
		request := payment.ID{id}
		a, code := w.asks("loyalty", loyaltycall.OpPoints, request[:])
		if code != mailbox.CodeNone {
			t.Fatal(code)
		}
		if a.Code != 0 {
			return 0, a.Code
		}
		return binary.BigEndian.Uint64(a.Answer), 0
	}
	for range 500 {
		if n, _ := points(3); n != 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n, code := points(1); n != 24 || code != 0 {
		t.Errorf("%d points, %d", n, code)
	}
	if _, code := points(2); code != uint16(-loyaltycall.CodeUnknown) {
		t.Errorf("a declined payment: %d", code)
	}
}

func TestEveryEndOfACallIsToldAsACode(t *testing.T) {
	for err, want := range map[error]mailbox.Code{tahost.ErrDeadline: mailbox.CodeApplication, tahost.ErrTrapped: mailbox.CodeApplication,
		tahost.Refusal{Code: -1003}: mailbox.CodeApplication, tahost.Refusal{Code: -3}: mailbox.CodeNone,
		errBusy: mailbox.CodeQuota, errStopped: mailbox.CodeStopped, errGone: mailbox.CodeNotFound} {
		if _, code := told(nil, err); code != want {
			t.Errorf("%v: %v", err, code)
		}
	}
	if _, code := told(make([]byte, mailbox.MaxMessage+1), nil); code != mailbox.CodeApplication {
		t.Errorf("too long an answer: %v", code)
	}
}

func noCaches() wazero.CompilationCache { return nil }
