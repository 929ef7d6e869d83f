package httpapi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/standin"
)

// lost starts a payment whose answer is lost and expects it to be in doubt.
func (r *rig) lost(f standin.Fault) payment.ID {
	r.t.Helper()
	r.world.Fail(f)
	a := r.pay("k", "700")
	r.expect(a, 202, "")
	p := a.payment(r.t)
	if p.Status != "resolving" || p.Money != "unknown" || len(p.Advice) == 0 {
		r.t.Fatalf("got %+v", p)
	}
	return p.ID
}

func TestAStartThatWasNotHeardEndsNotCharged(t *testing.T) {
	r := newRig(t, fast)
	p := r.settled(r.lost(standin.DropUnheard))
	if *p.Outcome != "not_charged" || p.Money != "none" || r.world.Starts() != 0 {
		t.Fatalf("got %+v after %d starts", p, r.world.Starts())
	}
	r.expect(r.pay("k", "700"), 200, "") // the key keeps its outcome
}

func TestAStartThatWasHeardEndsAsTheSecureWorldSays(t *testing.T) {
	r := newRig(t, fast)
	p := r.settled(r.lost(standin.DropAfter))
	if *p.Outcome != "approved" || r.world.Starts() != 1 {
		t.Fatalf("got %+v after %d starts", p, r.world.Starts())
	}
}

func TestAStartThatIsForgottenByARestartEndsNotCharged(t *testing.T) {
	r := newRig(t, standin.Wait)
	if p := r.settled(r.lost(standin.ForgetStarted)); *p.Outcome != "not_charged" {
		t.Fatalf("got %+v", p)
	}
}

// The race that matters: the secure world has not read Start yet when it is
// asked on another session, and reads it afterwards.
func TestNeverSeenIsNotBelievedWhileTheStartMayStillArrive(t *testing.T) {
	r := newRig(t, fast)
	r.world.Fail(standin.HoldThenDrop)
	answered := make(chan answer, 1)
	go func() {
		a, err := r.try("POST", "/v1/payments", `{"amount":700,"currency":"EUR"}`,
			"Authorization", "Bearer "+r.secrets.Token(), "Idempotency-Key", "k")
		if err != nil {
			t.Error(err)
		}
		answered <- a
	}()
	time.Sleep(50 * time.Millisecond)
	r.breakLink()
	a := <-answered
	r.expect(a, 202, "")
	id := a.payment(t).ID
	eventually(t, "the link comes up again", r.lane.Up)
	time.Sleep(1500 * time.Millisecond) // time for the lane to ask, several times
	if p := r.call("GET", "/v1/payments/"+id.String(), "").payment(t); p.Outcome != nil || p.Status != "resolving" {
		t.Fatalf("it was concluded too early: %+v", p)
	}
	r.world.Release() // only now is Start read and carried out
	if p := r.settled(id); *p.Outcome != "approved" {
		t.Fatalf("got %+v", p)
	}
}

func TestWithoutTheSecureWorldNothingBegins(t *testing.T) {
	r := newRig(t, fast)
	r.world.HangUp()
	r.cutOff()
	r.expect(r.pay("k", "700"), 503, "secure_world_down")
	r.expect(r.call("GET", "/v1/terminal", ""), 503, "secure_world_down")
	r.expect(r.raw("GET", "/health/ready", ""), 503, "")
	r.expect(r.raw("GET", "/health/live", ""), 200, "")
	r.expect(r.call("GET", "/v1/payments?idempotency_key=k", ""), 404, "never_seen")
}

func TestARestartOfTheTerminalLosesNoPayment(t *testing.T) {
	r := newRig(t, standin.Wait)
	id := r.pay("k", "700").payment(t).ID
	r.stop()
	r.world.Change(id, standin.Approved)
	r.start()
	if p := r.settled(id); *p.Outcome != "approved" {
		t.Fatalf("got %+v", p)
	}
}

func TestARestartOfTheTerminalBetweenJournalAndStartEndsNotCharged(t *testing.T) {
	r := newRig(t, standin.Wait)
	id := r.pay("k", "700").payment(t).ID
	r.stop()
	r.world.Restart(true) // the secure world never made it durable
	r.start()
	p := r.call("GET", "/v1/payments/"+id.String(), "").payment(t)
	if p.Outcome == nil && p.Money != "unknown" {
		t.Fatalf("while nobody knows, it says %+v", p)
	}
	if p = r.settled(id); *p.Outcome != "not_charged" || p.Money != "none" {
		t.Fatalf("got %+v", p)
	}
}

func TestARestartOfTheSecureWorldIsFollowed(t *testing.T) {
	r := newRig(t, standin.Wait)
	id := r.pay("k", "700").payment(t).ID
	for range 5 {
		r.world.Change(id, func(v *mailbox.View) { v.Status = payment.StatusReadingCard })
	}
	r.world.Restart(false)
	eventually(t, "the link comes up again", r.lane.Up)
	r.world.Change(id, standin.Approved)
	if p := r.settled(id); *p.Outcome != "approved" {
		t.Fatalf("got %+v", p)
	}
}

func TestAPaymentThatWasSentIsNeverCalledNotChargedOnALostMemory(t *testing.T) {
	r := newRig(t, standin.Wait)
	id := r.pay("k", "700").payment(t).ID
	r.world.Change(id, func(v *mailbox.View) { v.Status, v.Sent = payment.StatusAuthorizing, true })
	eventually(t, "it is authorizing", func() bool {
		return r.call("GET", "/v1/payments/"+id.String(), "").payment(t).Status == "authorizing"
	})
	r.world.Restart(true)
	eventually(t, "the lane has noticed", func() bool { return strings.Contains(r.log.String(), "forgot a sent payment") })
	if p := r.call("GET", "/v1/payments/"+id.String(), "").payment(t); p.Outcome != nil || p.Money != "unknown" {
		t.Fatalf("got %+v", p)
	}
}

func TestAGapInTheEventsIsFilledByAsking(t *testing.T) {
	r := newRig(t, standin.Wait)
	id := r.pay("k", "700").payment(t).ID
	r.world.Quietly(id, standin.Approved)
	if p := r.settled(id); *p.Outcome != "approved" {
		t.Fatalf("got %+v", p)
	}
}

func TestALostJournalIsRebuiltFromTheSecureWorld(t *testing.T) {
	r := newRig(t, fast)
	id := r.settled(r.pay("k", "700").payment(t).ID).ID
	r.stop()
	r.loseJournal()
	r.start()
	eventually(t, "it is known", func() bool { return r.call("GET", "/v1/payments/"+id.String(), "").status == 200 })
	if p := r.settled(id); *p.Outcome != "approved" || p.Amount != 700 {
		t.Fatalf("got %+v", p)
	}
}

func TestAFinalOutcomeNeverChanges(t *testing.T) {
	r := newRig(t, standin.Wait)
	id := r.pay("k", "700").payment(t).ID
	r.world.Change(id, standin.NotCharged)
	final := r.settled(id)
	r.world.Quietly(id, func(v *mailbox.View) { *v = approvedLate(*v) })
	r.world.HangUp()
	time.Sleep(300 * time.Millisecond)
	eventually(t, "the link comes up again", r.lane.Up)
	if p := r.call("GET", "/v1/payments/"+id.String(), "").payment(t); p.Version != final.Version || *p.Outcome != "not_charged" {
		t.Fatalf("got %+v", p)
	}
}

func approvedLate(v mailbox.View) mailbox.View { standin.Approved(&v); return v }

func TestAViewOfAnotherAmountIsNotBelieved(t *testing.T) {
	r := newRig(t, standin.Wait)
	id := r.pay("k", "700").payment(t).ID
	r.world.Change(id, func(v *mailbox.View) { standin.Approved(v); v.Amount, v.Approved = 7, 7 })
	eventually(t, "it is noticed", func() bool { return strings.Contains(r.log.String(), "view refused") })
	if p := r.call("GET", "/v1/payments/"+id.String(), "").payment(t); p.Outcome != nil || p.Amount != 700 {
		t.Fatalf("got %+v", p)
	}
}
