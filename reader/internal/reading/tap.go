package reading

import (
	"context"
	"errors"
	"time"

	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/entrypoint"
	"github.com/strongroom-pos/strongroom/reader/internal/slot"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
)

// tap is the field's side of a visit.
type tap struct {
	session  *entrypoint.Session
	action   entrypoint.Action
	ready    bool   // Entry Point polls for a card
	collided bool   // several cards were in the field
	told     bool   // what the cardholder is to do next
	seen     uint64 // the presentation that was dealt with last
}

func (t *tap) wipe() {
	if t.session != nil {
		t.session.Wipe()
	}
	t.session, t.ready, t.collided, t.told = nil, false, false, false
}

// startTap pre-processes the payment. Where it may not be made contactless, the
// field stays closed.
func (v *visit) startTap() {
	v.tap.wipe()
	v.tap.session = entrypoint.New(v.rules.EntryPoint, orderOf(v.order.Take), v.kernels)
	v.tap.action = v.tap.session.Next(entrypoint.Start())
	v.idle(context.Background()) // which nothing holds up
	if !v.tap.ready {
		v.open &^= sred.InterfaceContactless
	}
}

// kernels are those of the rules, with what lives longer than one tap. Kernel 2
// alone uses it.
func (v *visit) kernels(id []byte) contactless.NewKernel {
	made := v.rules.Kernels(id)
	if made == nil {
		return nil
	}
	return func(a contactless.Activation) (contactless.Kernel, error) {
		a.Torn = v.torn.log
		v.relay.give(&a)
		return made(a)
	}
}

// idle carries out what Entry Point wants where there is no card. The field of a
// PC/SC reader is its own: it is not switched. What is shown while it were off stays
// that long before anything else is, and before a card is waited for; an outcome that
// goes online or ends does not wait for it.
func (v *visit) idle(ctx context.Context) {
	off := uint16(0)
	for {
		switch v.tap.action.Kind {
		case entrypoint.ActionFieldOn, entrypoint.ActionKernel:
		case entrypoint.ActionFieldOff:
			off = v.tap.action.HoldTenths
		case entrypoint.ActionShow:
			hold(ctx, off)
			off = 0
			v.show(v.tap.action.UI)
		default:
			if v.tap.ready = v.tap.action.Kind == entrypoint.ActionAwaitCard; v.tap.ready {
				hold(ctx, off)
			}
			return
		}
		v.tap.action = v.tap.session.Next(entrypoint.Done())
	}
}

// hold waits for a time in 100 ms, at most until the order ends.
func hold(ctx context.Context, tenths uint16) {
	if tenths == 0 {
		return
	}
	t := time.NewTimer(min(time.Duration(tenths)*100*time.Millisecond, longestHold))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// oneCardOnly is a collision. Entry Point waits for one card again.
func (v *visit) oneCardOnly() {
	v.tap.action = v.tap.session.Next(entrypoint.Collision())
	v.idle(context.Background())
}

// tapAgain is the end of a collision: the field is empty.
func (v *visit) tapAgain() {
	v.tap.collided = false
	v.tap.action = v.tap.session.Next(entrypoint.CollisionOver())
	v.idle(context.Background())
}

// show tells of a message on the display and by Progress.
func (v *visit) show(ui contactless.UI) {
	a, c := v.order.amount()
	v.Display.Contactless(a, c, byte(ui.Message), v.open)
	if stage, ok := stages()[ui.Message]; ok {
		v.tap.told = true
		v.order.progress(stage)
	}
}

// stages are the messages that the app world's prompts know too.
func stages() map[contactless.Message]sred.Stage {
	return map[contactless.Message]sred.Stage{
		contactless.MessageInsertOrSwipe:      sred.StageInsertOrSwipe,
		contactless.MessageInsertSwipeOrOther: sred.StageInsertOrSwipe,
		contactless.MessageInsertCard:         sred.StageInsertOrSwipe,
		contactless.MessageOneCardOnly:        sred.StageOneCardOnly,
		contactless.MessageSeePhone:           sred.StageSeePhone,
		contactless.MessageTryAgain:           sred.StageTapAgain,
	}
}

// tapping deals with a card in the field.
func (v *visit) tapping(ctx context.Context, s slot.Status) (byte, any, bool) {
	v.order.progress(sred.StageTapped)
	v.tap.told = false
	link := v.openTap(ctx, s)
	defer link.close()
	v.tap.action, v.tap.ready = v.tap.session.Next(entrypoint.Card()), false
	for first := true; ; {
		v.idle(ctx)
		switch v.tap.action.Kind {
		case entrypoint.ActionTransmit:
			v.tap.action = v.tap.session.Next(v.exchange(ctx, link, first))
			first = false
		case entrypoint.ActionFinish:
			if v.tap.session.Kernel() == nil && v.rules.Whitelist.onChip(ctx, link.Link, v.Reader) {
				return v.fails(sred.CodeNotPayment)
			}
			return v.tapOutcome(ctx, v.tap.action.Outcome)
		case entrypoint.ActionAwaitCard:
			switch {
			case v.tap.collided:
				v.oneCardOnly()
			case !v.tap.told:
				v.leftEarly()
			}
			return v.goOn()
		default:
			return v.fails(sred.CodeInternal)
		}
		if ctx.Err() != nil {
			return v.fails(sred.CodeStopped)
		}
	}
}

// leftEarly says that the card is to come again. Where it left during selection,
// Entry Point waits for it without a word, and till and display would go on showing
// a card that is read.
func (v *visit) leftEarly() {
	v.show(contactless.UI{Message: contactless.MessageTryAgain})
}

// fieldLink is the session with a card in the field; nil if it could not be opened.
type fieldLink struct{ *iso7816.Link }

func (l fieldLink) close() {
	if l.Link != nil {
		_ = l.Close() // the card has left, or may
	}
}

func (v *visit) openTap(ctx context.Context, s slot.Status) fieldLink {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), openDeadline)
	defer cancel()
	if s.Mute {
		return fieldLink{}
	}
	conn, err := v.Open(ctx, v.Field.Name())
	if err != nil {
		return fieldLink{}
	}
	return fieldLink{iso7816.NewLink(conn)}
}

// exchange sends a command. PC/SC does not tell a collision: where the very first
// answer is none, and something is still in the field, several cards speak at
// once. Entry Point takes a collision only while it waits for a card, so for the
// command the card has left.
func (v *visit) exchange(ctx context.Context, l fieldLink, first bool) entrypoint.Input {
	if l.Link == nil {
		return entrypoint.CardGone()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), v.APDU)
	defer cancel()
	v.relay.sent(v.tap.action.Command)
	began := time.Now()
	answer, err := l.Exchange(ctx, v.tap.action.Command)
	if err == nil {
		in := entrypoint.Response(answer)
		in.Took = tenths(time.Since(began))
		return in
	}
	v.tap.collided = first && errors.Is(err, iso7816.ErrShortAnswer) && v.stays()
	return entrypoint.CardGone()
}

// stays reports whether the card is still in the field once that can be known: one
// that left with the first command is seen there for a while.
func (v *visit) stays() bool {
	ctx, cancel := context.WithTimeout(context.Background(), removalNotice)
	defer cancel()
	f, _ := v.Field.Wait(ctx, func(s slot.Status) bool { return !s.Present || s.Insertion != v.tap.seen })
	return f.Present && f.Insertion == v.tap.seen
}

// tenths is a time in 100 µs, at least one.
func tenths(d time.Duration) uint32 { return uint32(max(1, d/(100*time.Microsecond))) } //nolint:gosec // deadlines bound it

// tapOutcome does what the kernel, or Entry Point, has come to.
func (v *visit) tapOutcome(ctx context.Context, o *contactless.Outcome) (byte, any, bool) {
	if ui := o.OnOutcome; ui != nil {
		v.show(*ui)
	}
	switch o.Result {
	case contactless.OnlineRequest:
		return v.tapOnline(ctx, o)
	case contactless.Declined:
		return v.over(finishedFrom(v.order, sred.CardDeclined, v.tap.session.Kernel().HostTLV(nil)))
	case contactless.TryAnotherInterface:
		return v.otherInterface()
	case contactless.EndApplication:
		if o.Start == contactless.StartNone {
			return v.otherInterface()
		}
		v.torn.left()
		v.tap.action = v.tap.session.Next(entrypoint.Restart(nil))
		v.idle(ctx)
		if v.tap.ready {
			return v.goOn()
		}
		return v.otherInterface()
	}
	return v.fails(sred.CodeCardError) // an offline approval, which the parameters do not allow
}

// otherInterface closes the field and goes on with what else is open.
func (v *visit) otherInterface() (byte, any, bool) {
	v.tap.wipe()
	if v.open &^= sred.InterfaceContactless; v.open == 0 {
		return v.fails(sred.CodeNotAccepted)
	}
	v.order.progress(sred.StageInsertOrSwipe)
	v.ask()
	return v.goOn()
}

// tapOnline seals what the kernel has and goes online, with a PIN first where the
// outcome asks for one.
func (v *visit) tapOnline(ctx context.Context, o *contactless.Outcome) (byte, any, bool) {
	v.torn.wipe() // this card is the one
	d := reading{source: v.tap.session.Kernel(), entry: entryContactless, cvm: []byte{outcomeCVM(o.CVM)}}
	if o.Stripe {
		d.entry = entryContactlessStripe
	}
	if o.CVM == contactless.CVMOnlinePIN {
		if code := v.verify(ctx, d); code != sred.CodeNone {
			return v.fails(code)
		}
	}
	return v.online(ctx, d)
}

func outcomeCVM(c contactless.CVM) byte {
	switch c {
	case contactless.CVMOnlinePIN:
		return contents.CVMOnlinePIN
	case contactless.CVMSignature:
		return contents.CVMSignature
	case contactless.CVMDevice:
		return contents.CVMDevice
	}
	return contents.CVMNone
}
