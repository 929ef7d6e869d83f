package reading

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/internal/display"
	"github.com/strongroom-pos/strongroom/reader/internal/slot"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// Reader is the reader's hardware and keys.
type Reader struct {
	Device  *device.Device
	Slot    *slot.Slot
	Display *display.Display
	Log     *slog.Logger
	Kernel  emv.Config
	// Open connects to the card in the reader of this name.
	Open func(ctx context.Context, reader string) (iso7816.Conn, error)
	// APDU is what a card has for one command.
	APDU time.Duration

	held *held // the card session of the last order, if it may be used again
}

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
)

// Order is one Take that is being carried out.
type Order struct {
	Take   sred.Take
	Digest [32]byte // sred.OrderDigest of its sealed bytes as received
	To     Sender

	awaits atomic.Int32
	over   atomic.Bool // the card is gone or the order given up; the last message follows
	pin    chan sred.PINResult
	answer chan sred.Answer

	cause sred.Code // why it was given up, if it was
}

// NewOrder prepares a Take.
func NewOrder(take sred.Take, digest [32]byte, to Sender) *Order {
	return &Order{Take: take, Digest: digest, To: to, pin: make(chan sred.PINResult, 1), answer: make(chan sred.Answer, 1)}
}

// PINDone delivers the PIN pad's result. False means that none is awaited.
func (o *Order) PINDone(r sred.PINResult) bool {
	return deliver(o, AwaitsPIN, o.pin, r)
}

// Answer delivers the host's answer. False means that none is awaited.
func (o *Order) Answer(a sred.Answer) bool {
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
	return t.Amount <= uint64(payment.MaxAmount) && c.Valid() && c.Exponent() == t.Exponent
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
