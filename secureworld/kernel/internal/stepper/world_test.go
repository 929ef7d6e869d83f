package stepper

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

var errInjected = errors.New("injected")

// world is everything around a stepper. It writes down, in order, what happens
// to it.
type world struct {
	mu   sync.Mutex
	log  []string
	sent []transaction.Send

	appends int
	failOn  int  // the n-th Append fails
	though  bool // though it did what it should
	slow    time.Duration

	order   sred.OrderID  // of the last Take
	digests [][32]byte    // that the application was given
	work    time.Duration // how long each piece of work takes
	busy    int           // pieces of work under way
	overlap bool          // two of them were
	refused error         // by the host link
}

func (w *world) note(format string, a ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log = append(w.log, fmt.Sprintf(format, a...))
}

func (w *world) events() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.log)
}

func (w *world) Append(records ...[]byte) error {
	w.appends++
	var kinds string
	for _, b := range records {
		r, err := transaction.DecodeRecord(b)
		if err != nil {
			return err
		}
		kinds += fmt.Sprintf(" %T", r)[len(" transaction."):] + " "
	}
	w.note("writing %s", kinds)
	time.Sleep(w.slow)
	if w.appends == w.failOn {
		if w.though {
			w.note("durable %s", kinds)
		}
		return errInjected
	}
	w.note("durable %s", kinds)
	return nil
}

func (w *world) Head() [32]byte { return [32]byte{byte(w.appends)} }
func (w *world) Length() uint64 { return uint64(w.appends) }

type readerDouble struct{ *world }

func (r readerDouble) Take(t sred.Take) ([32]byte, error) {
	r.note("take")
	r.order = t.Order
	return [32]byte{'d', t.Attempt}, nil
}
func (r readerDouble) PINDone(sred.PINDone) error { r.note("pin done"); return nil }
func (r readerDouble) Chosen(sred.Chosen) error   { r.note("chosen"); return nil }
func (r readerDouble) Answer(sred.Answer) error   { r.note("tell card"); return nil }
func (r readerDouble) Stop(sred.Stop) error       { r.note("stop reader"); return nil }
func (r readerDouble) Show(sred.Show) error       { r.note("show"); return nil }

type padDouble struct{ *world }

func (p padDouble) EnterPIN(pinentry.EnterPIN) error { p.note("ask pin"); return nil }
func (p padDouble) EncipherPIN(pinentry.EncipherPIN) error {
	p.note("ask pin for the card")
	return nil
}
func (p padDouble) Choose(pinentry.Choose) error   { p.note("ask choice"); return nil }
func (p padDouble) KeyCard(pinentry.KeyCard) error { p.note("key card"); return nil }
func (p padDouble) Confirm(pinentry.Confirm) error { p.note("confirm"); return nil }
func (p padDouble) Stop(pinentry.Stop) error       { p.note("stop pin"); return nil }
func (p padDouble) Show(pinentry.Show) error       { p.note("show pin"); return nil }

type hostDouble struct{ *world }

func (h hostDouble) Send(q transaction.Question, frame []byte) error {
	h.note("send %d", q.Class)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sent = append(h.sent, transaction.Send{Question: q, Frame: frame})
	return h.refused
}
func (h hostDouble) Forget(transaction.Question) { h.note("forget") }
func (h hostDouble) Drop()                       { h.note("drop") }

type appDouble struct{ *world }

// working holds the application to one piece of work at a time.
func (a appDouble) working(ctx context.Context) {
	a.mu.Lock()
	a.busy++
	a.overlap = a.overlap || a.busy > 1
	a.mu.Unlock()
	select {
	case <-time.After(a.work):
	case <-ctx.Done():
	}
	a.mu.Lock()
	a.busy--
	a.mu.Unlock()
}

func (a appDouble) SealPAN(ctx context.Context, e transaction.SealPAN, d [32]byte) transaction.Event {
	a.working(ctx)
	a.digests = append(a.digests, d)
	return transaction.PANSealed{Order: e.Order}
}

func (a appDouble) Authorise(ctx context.Context, e transaction.Authorise, d [32]byte) transaction.Event {
	a.working(ctx)
	a.digests = append(a.digests, d)
	return transaction.Authorised{Order: e.Order, Keys: []byte("keys"), Authorised: call.Authorised{
		Request: []byte("0200"), Reversal: []byte("0420"), Repeat: []byte("0421")}}
}

func (a appDouble) VerifyChain(ctx context.Context, e transaction.VerifyChain, d [32]byte) transaction.Event {
	a.working(ctx)
	a.digests = append(a.digests, d)
	return transaction.ChainVerified{Order: e.Order, ChainVerified: call.ChainVerified{Exponent: []byte{3}}}
}

func (a appDouble) AuthoriseKey(ctx context.Context, e transaction.AuthoriseKey) transaction.Event {
	a.working(ctx)
	return transaction.Authorised{Order: e.Order, Keys: []byte("keys"), Authorised: call.Authorised{
		Entry: payment.EntryModeKeyed, Request: []byte("0200"), Reversal: []byte("0420"), Repeat: []byte("0421")}}
}

func (a appDouble) CheckAnswer(ctx context.Context, e transaction.CheckAnswer) transaction.Event {
	a.working(ctx)
	return transaction.AnswerChecked{Order: e.Order, Answered: call.Answered{Approved: true,
		Amount: e.Terms.Amount, Response: payment.ResponseCode{'0', '0'}}}
}

func (a appDouble) Follow(ctx context.Context, e transaction.Follow) transaction.Event {
	return transaction.WorkFailed{Order: e.Order}
}

func (a appDouble) Complete(ctx context.Context, e transaction.Complete) transaction.Event {
	return transaction.WorkFailed{Order: e.Order}
}

func (a appDouble) CheckFollow(ctx context.Context, e transaction.CheckFollow) transaction.Event {
	return transaction.FollowChecked{ID: e.ID}
}

func (a appDouble) BuildSettle(ctx context.Context, e transaction.BuildSettle) transaction.Event {
	return transaction.SettleBuilt{RRN: e.Terms.RRN}
}

func (a appDouble) CheckSettle(ctx context.Context, e transaction.CheckSettle) transaction.Event {
	return transaction.SettleChecked{RRN: e.Terms.RRN}
}

func (a appDouble) BuildItems(ctx context.Context, e transaction.BuildItems) transaction.Event {
	return transaction.ItemsBuilt{RRN: e.Terms.RRN}
}

func (a appDouble) CheckItems(ctx context.Context, e transaction.CheckItems) transaction.Event {
	return transaction.ItemsChecked{RRN: e.Terms.RRN}
}

func (a appDouble) CheckReversal(ctx context.Context, e transaction.CheckReversal) transaction.Event {
	a.working(ctx)
	return transaction.ReversalChecked{ID: e.ID, Settled: call.Settled{Settled: true}}
}

func (a appDouble) BuildNetwork(ctx context.Context, e transaction.BuildNetwork, _ uint64, _ [32]byte) transaction.Event {
	a.working(ctx)
	return transaction.NetworkBuilt{Serial: e.Serial, Frame: []byte("0800")}
}

func (a appDouble) CheckNetwork(ctx context.Context, e transaction.CheckNetwork) transaction.Event {
	a.working(ctx)
	return transaction.NetworkChecked{Serial: e.Serial, SignedOn: call.SignedOn{Response: payment.ResponseCode{'0', '0'}}}
}

func (a appDouble) BuildAdvice(ctx context.Context, e transaction.BuildAdvice) transaction.Event {
	a.working(ctx)
	return transaction.AdviceBuilt{RRN: e.Advising.Terms.RRN, Frame: []byte("0220")}
}

func (a appDouble) CheckAdvice(ctx context.Context, e transaction.CheckAdvice) transaction.Event {
	a.working(ctx)
	return transaction.AdviceChecked{RRN: e.Terms.RRN, Settled: call.Settled{Settled: true}}
}

func (a appDouble) End() { a.note("end of the attempt") }

func newStepper(w *world) *Stepper {
	core := transaction.New(transaction.Config{TerminalID: payment.TerminalID([]byte("TERM0001")),
		Currency: payment.EUR, MaxAmount: 1_000_000, PINAttempts: 3, Zone: time.UTC, CardWait: time.Minute,
		PINWait: time.Minute, HostWait: 20 * time.Second, FinishWait: 30 * time.Second, WorkWait: 5 * time.Second})
	return New(Config{Core: core, Journal: w, Reader: readerDouble{w}, PINPad: padDouble{w}, Host: hostDouble{w},
		Application: appDouble{w}, Publish: func(v mailbox.View) { w.note("publish %v", v.Status) }})
}

var (
	sale = mailbox.Start{ID: payment.ID{1}, Type: payment.TypeSale, Amount: 1234, Currency: payment.EUR, TimeoutSeconds: 60}
	ksn  = [12]byte{11: 1}
)

// running starts a stepper; the returned func ends it and gives Run's error.
func running(t *testing.T, s *Stepper) (end func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, nil) }()
	return func() error { cancel(); return <-ended }
}
