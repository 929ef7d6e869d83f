package reading

import (
	"context"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// typeRefund is 9C of a refund (ISO 8583:1987, processing code).
const typeRefund = 0x20

// insGPO begins a payment at the card: what fails before is the chip, what fails
// behind is the payment.
const insGPO = 0xA8

// contact takes a card in the slot from selection to its last word. done is false
// where the chip failed before it was asked to pay.
func (v *visit) contact(ctx context.Context, h *held) (byte, any, bool) {
	v.order.progress(sred.StageReading)
	v.Display.Reading(v.order.amount())
	tx := emv.New(v.rules.Contact, orderOf(v.order.Take))
	defer tx.Wipe()
	defer h.link.Wipe()
	t := transaction{visit: v, held: h, tx: tx}
	a := tx.Next(emv.Start())
	for a.Kind != emv.ActionFinish {
		a = t.step(ctx, a)
	}
	if a.Outcome == emv.OutcomeTornBeforeARQC && !t.begun && v.order.cause == sred.CodeCardError {
		v.order.cause = sred.CodeNone
		v.order.over.Store(false)
		return v.chipFailed()
	}
	if a.Outcome == emv.OutcomeNotAccepted && v.rules.Whitelist.onChip(ctx, h.link, v.Reader) {
		return v.fails(sred.CodeNotPayment)
	}
	return v.over(t.conclude(a.Outcome))
}

// transaction is one run of the contact kernel over one card session.
type transaction struct {
	*visit
	held    *held
	tx      *emv.Transaction
	begun   bool // GET PROCESSING OPTIONS was sent
	aborted bool
}

// step carries out one action of the kernel.
func (t *transaction) step(ctx context.Context, a emv.Action) emv.Action {
	if ctx.Err() != nil && !t.aborted {
		return t.abort(sred.CodeStopped)
	}
	switch a.Kind {
	case emv.ActionTransmit:
		return t.transmit(ctx, a.Command)
	case emv.ActionAskPIN:
		return t.askPIN(ctx)
	case emv.ActionEncipherPIN:
		return t.encipherPIN(ctx, a)
	case emv.ActionGoOnline:
		return t.goOnline(ctx)
	}
	return t.choose(ctx, a)
}

// abort ends the transaction: at once before the ARQC, by asking for an AAC
// after it.
func (t *transaction) abort(why sred.Code) emv.Action {
	t.aborted, t.order.cause = true, why
	t.order.over.Store(true)
	return t.tx.Next(emv.Abort())
}

// transmit does not break off a command when the order is stopped: the card
// would be left in the middle of it. The deadline bounds the wait.
func (t *transaction) transmit(ctx context.Context, command []byte) emv.Action {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.APDU)
	defer cancel()
	t.begun = t.begun || command[1] == insGPO
	answer, err := t.held.link.Exchange(ctx, command)
	if err != nil {
		t.order.cause = t.lost(t.held)
		return t.tx.Next(emv.CardGone())
	}
	defer t.held.link.Wipe()
	return t.tx.Next(emv.Response(answer))
}

// data is what the kernel has of the card.
func (t *transaction) data() reading { return reading{source: t.tx, entry: entryChip} }

// askPIN sends envelope 1 and waits for the PIN pad's result.
func (t *transaction) askPIN(ctx context.Context) emv.Action {
	e, code := t.seal(t.order, sred.NumberVerify, t.data())
	if code != sred.CodeNone {
		return t.abort(code)
	}
	t.Display.EnterPIN(t.order.amount())
	t.order.awaits.Store(int32(AwaitsPIN))
	_ = t.order.To.Send(sred.KindVerify, sred.Verify{Order: t.order.Take.Order, Envelope: e})
	done, next, ok := await(ctx, t, t.order.pin)
	if !ok {
		return next
	}
	t.Display.Reading(t.order.amount())
	return t.tx.Next(emv.PIN(pinResult(done.Result)))
}

// encipherPIN sends the certificate chain and waits for what the PIN pad has
// enciphered. Neither the PIN nor the choice of the key is this reader's.
func (t *transaction) encipherPIN(ctx context.Context, a emv.Action) emv.Action {
	e, code := t.sealChain(t.order, t.tx.AccountTLV, t.tx.PINChain)
	if code != sred.CodeNone {
		return t.abort(code)
	}
	tries := uint8(sred.UnknownTries)
	if a.Tries >= 0 && a.Tries < sred.UnknownTries {
		tries = uint8(a.Tries)
	}
	t.Display.EnterPIN(t.order.amount())
	t.order.awaits.Store(int32(AwaitsOfflinePIN))
	_ = t.order.To.Send(sred.KindVerifyOffline, sred.VerifyOffline{Order: t.order.Take.Order, Tries: tries, Envelope: e})
	done, next, ok := await(ctx, t, t.order.pin)
	if !ok {
		return next
	}
	t.Display.Reading(t.order.amount())
	if done.Result == sred.PINEnciphered {
		return t.tx.Next(emv.Enciphered(done.Enciphered))
	}
	return t.tx.Next(emv.PIN(pinResult(done.Result)))
}

// choose has the cardholder choose at the PIN pad, which has keys.
func (t *transaction) choose(ctx context.Context, a emv.Action) emv.Action {
	m := sred.Choose{Order: t.order.Take.Order, Count: uint8(min(len(a.Candidates), sred.Choices))} //nolint:gosec // at most 8
	for i, c := range a.Candidates[:m.Count] {
		copy(m.Labels[i*sred.LabelSize:(i+1)*sred.LabelSize], label(c, i))
	}
	m.Confirm = len(a.Candidates) == 1
	t.order.progress(sred.StageChoosing)
	t.Display.Choose(t.order.amount())
	t.order.labels.Store(int32(m.Count))
	t.order.awaits.Store(int32(AwaitsChoice))
	_ = t.order.To.Send(sred.KindChoose, m)
	choice, next, ok := await(ctx, t, t.order.chosen)
	if !ok {
		return next
	}
	t.Display.Reading(t.order.amount())
	return t.tx.Next(emv.Selected(int(choice) - 1))
}

// label is the card's own word for an application, or a number.
func label(c emv.Candidate, i int) string {
	if c.Label == "" {
		return "APPLICATION " + string(rune('1'+i))
	}
	return c.Label
}

// goOnline sends envelope 2 and waits for the host's answer.
func (t *transaction) goOnline(ctx context.Context) emv.Action {
	e, code := t.seal(t.order, sred.NumberOnline, t.data())
	if code != sred.CodeNone {
		return t.abort(code)
	}
	t.order.detached.Store(refund(t.order.Take))
	t.order.awaits.Store(int32(AwaitsHost))
	_ = t.order.To.Send(sred.KindOnline, sred.Online{Order: t.order.Take.Order, Envelope: e})
	answer, next, ok := await(ctx, t, t.order.answer)
	if !ok {
		return next
	}
	return t.tx.Next(emv.Host(hostAnswer(answer)))
}

// await waits for a value, unless the card goes that is still needed, the order is
// stopped, or the secure world forgets. Then next is what follows.
func await[T any](ctx context.Context, t *transaction, from <-chan T) (got T, next emv.Action, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, longestAnswer)
	defer cancel()
	for {
		status, changed := t.Slot.Look()
		if gone(status, t.held) && !t.order.detached.Load() {
			t.order.over.Store(true)
			t.order.cause = t.lost(t.held)
			return got, t.tx.Next(emv.CardGone()), false
		}
		select {
		case got = <-from:
			return got, next, true
		case <-ctx.Done():
			return got, t.abort(sred.CodeStopped), false
		case <-changed:
		}
	}
}

func pinResult(r sred.PINResult) emv.PINResult {
	switch r {
	case sred.PINEntered:
		return emv.PINEntered
	case sred.PINBypassed:
		return emv.PINBypassed
	case sred.PINKeyRefused:
		return emv.PINKeyRefused
	}
	return emv.PINUnavailable
}

func hostAnswer(a sred.Answer) emv.HostAnswer {
	h := emv.HostAnswer{Result: emv.HostUnable, ResponseCode: a.ARC, IssuerAuthentication: a.IssuerAuth, Scripts: a.Scripts}
	switch a.Result {
	case sred.HostApproved:
		h.Result = emv.HostApproved
	case sred.HostDeclined:
		h.Result = emv.HostDeclined
	}
	return h
}
