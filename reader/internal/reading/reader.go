package reading

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/entrypoint"
	"github.com/strongroom-pos/strongroom/reader/internal/display"
	"github.com/strongroom-pos/strongroom/reader/internal/magstripe"
	"github.com/strongroom-pos/strongroom/reader/internal/slot"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// Reader is the reader's hardware and keys.
type Reader struct {
	Device  *device.Device
	Slot    *slot.Slot             // for contact cards
	Field   *slot.Slot             // for contactless cards; one that is never attached if there is none
	Stripes <-chan magstripe.Swipe // nil where there is no head
	Display *display.Display
	Log     *slog.Logger
	// Open connects to the card in the reader of this name.
	Open func(ctx context.Context, reader string) (iso7816.Conn, error)
	// APDU is what a card has for one command.
	APDU time.Duration

	rules atomic.Pointer[Rules]
	held  *held // the card session of the last order, if it may be used again
}

// Rules are the signed parameters as the reader obeys them.
type Rules struct {
	Contact    emv.Config
	EntryPoint entrypoint.Config
	Kernels    entrypoint.Kernels
	Torn       TornRules
	Whitelist  Whitelist
	// ChipFailures is how often a chip must fail before its stripe is taken.
	ChipFailures int
}

// Obey puts rules in force for the next order.
func (r *Reader) Obey(rules Rules) { r.rules.Store(&rules) }

// held is a card session with the insertion and the order that it served.
type held struct {
	link      *iso7816.Link
	insertion uint64
	take      sred.Take
}

// Sender sends a message to the secure world. Its errors are not acted upon: who
// lost the session also ends the order.
type Sender interface {
	Send(kind byte, message any) error
}

// Awaits says what an order waits for from the secure world.
type Awaits int32

// What an order may wait for.
const (
	AwaitsNothing Awaits = iota
	AwaitsPIN
	AwaitsHost
	AwaitsOfflinePIN
	AwaitsChoice
)

// Order is one Take that is being carried out.
type Order struct {
	Take   sred.Take
	Digest [32]byte // sred.OrderDigest of its sealed bytes as received
	To     Sender

	awaits atomic.Int32
	over   atomic.Bool // the card is gone or the order given up; the last message follows
	pin    chan sred.PINDone
	chosen chan uint8
	labels atomic.Int32 // how many applications the choice is from
	answer chan sred.Answer

	detached atomic.Bool // the card is not needed for the host's answer

	cause sred.Code // why it was given up, if it was
}

// NewOrder prepares a Take.
func NewOrder(take sred.Take, digest [32]byte, to Sender) *Order {
	return &Order{Take: take, Digest: digest, To: to, pin: make(chan sred.PINDone, 1),
		chosen: make(chan uint8, 1), answer: make(chan sred.Answer, 1)}
}

// PINDone delivers the PIN pad's result. False means that none is awaited.
// An enciphered PIN answers only who asked for one.
func (o *Order) PINDone(m sred.PINDone) bool {
	switch m.Result {
	case sred.PINEntered:
		return deliver(o, AwaitsPIN, o.pin, m)
	case sred.PINEnciphered, sred.PINKeyRefused:
		return deliver(o, AwaitsOfflinePIN, o.pin, m)
	}
	return deliver(o, AwaitsPIN, o.pin, m) || deliver(o, AwaitsOfflinePIN, o.pin, m)
}

// Chosen delivers the cardholder's choice. False means that none is awaited, or
// not this one.
func (o *Order) Chosen(choice uint8) bool {
	return int32(choice) <= o.labels.Load() && deliver(o, AwaitsChoice, o.chosen, choice)
}

// Answer delivers the host's answer. False means that none is awaited.
// Where the card is not needed for it, nothing but the last message follows.
func (o *Order) Answer(a sred.Answer) bool {
	if o.detached.Load() {
		o.over.Store(true)
	}
	return deliver(o, AwaitsHost, o.answer, a)
}

// GivenUp reports that the order needs nothing from the secure world any more,
// although its last message may not be out yet.
func (o *Order) GivenUp() bool { return o.over.Load() }

func deliver[T any](o *Order, when Awaits, to chan T, v T) bool {
	if !o.awaits.CompareAndSwap(int32(when), int32(AwaitsNothing)) {
		return false
	}
	to <- v // there is room: only the one who swapped sends
	return true
}

// amount is what the display shows, and what the cryptogram covers.
func (o *Order) amount() (payment.Amount, payment.Currency) {
	return payment.Amount(o.Take.Amount), payment.Currency(o.Take.Currency) //nolint:gosec // checked by showable
}

// showable reports whether amount and currency can be shown as they are meant.
// What cannot be shown is not read: the cardholder could not know what for.
func showable(t sred.Take) bool {
	c := payment.Currency(t.Currency)
	return t.Amount <= uint64(payment.MaxAmount) && t.Other <= t.Amount && c.Valid() && c.Exponent() == t.Exponent
}

// Release gives the card of the last order free.
func (r *Reader) Release() {
	if r.held == nil {
		return
	}
	if err := r.held.link.Close(); err != nil {
		r.Log.Warn("card session did not close", "reason", err)
	}
	r.held = nil
}
