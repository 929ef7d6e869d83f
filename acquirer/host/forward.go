package host

import (
	"context"
	"errors"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/hsm"
	"github.com/strongroom-pos/strongroom/acquirer/internal/upstream"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// Upstream is another acquirer's host, which decides in the issuer stand-in's place;
// upstream.Link is one. Its errors say whether the message may have left.
type Upstream interface {
	Ask(ctx context.Context, m *codec.Message) (*codec.Message, error)
}

// Forwarding is how a host asks upstream.
type Forwarding struct {
	To       Upstream
	Patience time.Duration // how long Ask takes at most
	Retry    time.Duration // before a reversal is repeated for the first time; then doubled
}

// outward is a payment on its way upstream: what a terminal sealed, opened.
type outward struct {
	evidence
	zone element.PINBlock // where it has a PIN
}

// forwards reports whether upstream decides the message.
func (q *request) forwards() bool { return q.kind == kindSale || q.kind == kindRefund }

// served reports whether the message can be answered where upstream decides. A keyed
// card's printed value has no field there, and a card on file is kept by nobody.
func (q *request) served() bool {
	switch q.kind {
	case kindNone:
		return true // reversals, settlement of our own books, network
	case kindScripts:
		return true // changes no books
	case kindSale, kindRefund:
		mode, _, _ := hostspec.ParseEntryMode(q.message.String(22))
		return mode != hostspec.EntryKeyed && q.token == nil
	}
	return false
}

// forward has an authentic message decided upstream. What is to be reversed if all else
// fails is on disk before the first byte leaves; no transaction is open meanwhile.
func (h *Host) forward(ctx context.Context, q *request) (Reply, error) {
	o := h.openOutward(ctx, q)
	defer o.wipe()
	var reply Reply
	var asks bool
	err := h.db.Update(ctx, func(tx *database.Tx) (err error) {
		reply, asks, err = h.intend(ctx, tx, q, &o)
		return err
	})
	if key := [8]byte(q.ksn[:8]); err == nil && !h.keys.proved(key) {
		h.keys.prove(q.terminal.id, key)
	}
	if err != nil || !asks {
		return reply, err
	}
	m := q.outward(&o)
	a, err := h.forwarding.To.Ask(ctx, m)
	wipeOutward(m)
	said := q.heard(a, err)
	err = h.db.Update(ctx, func(tx *database.Tx) (err error) {
		reply, err = h.conclude(ctx, tx, q, &o, said)
		return err
	})
	return reply, err
}

// openOutward asks the elements what upstream needs. Whether the card proves itself is
// for upstream to say.
func (h *Host) openOutward(ctx context.Context, q *request) (o outward) {
	if o.entry, o.fault = parseEntry(q); o.fault == hostspec.ResponseDeclined {
		o.fault = "" // a cryptogram of a version that is unknown here
	}
	if o.fault != "" {
		return o
	}
	var err error
	o.account, err = h.hsm.Account(ctx, q.ksn, hostspec.FindPrivate(q.private, hostspec.PrivateAccount))
	if err == nil && !o.account.Fits(o.mode.Content()) {
		err = hsm.ErrAccount
	}
	if err == nil {
		o.account.UsePAN(func(pan []byte) { err = h.openCard(ctx, q, &o, pan) })
	}
	switch {
	case errors.Is(err, hsm.ErrPIN):
		o.fault = hostspec.ResponseWrongPIN
	case err != nil:
		o.fault = faultOf(err)
	}
	return o
}

func (h *Host) openCard(ctx context.Context, q *request, o *outward, pan []byte) (err error) {
	if o.card, err = h.hsm.Reference(ctx, pan); err != nil {
		return err
	}
	block, has := q.message.Get(52)
	if o.hasPIN = has; !has {
		return nil
	}
	ksn, err := dukpt.ParseKSN(hostspec.FindPrivate(q.private, hostspec.PrivatePINKSN))
	if err != nil || ksn.InitialKeyID() != q.terminal.pinKey {
		return hsm.ErrPIN // another device's
	}
	o.zone, err = h.hsm.ZonePIN(ctx, element.KSN(ksn), element.PINBlock(block), pan)
	return err
}

// said is what upstream said, or what is known without its word.
type said struct {
	response string
	approval string // DE 38, or empty
	icc      []byte // DE 55 for the card, or nil
	left     bool   // it may be booked there, though no answer says so: to be reversed
}

// heard reads an answer. One that is about something else, approves another amount, or
// has no response is none: nobody knows what was booked.
func (q *request) heard(a *codec.Message, err error) said {
	switch {
	case errors.Is(err, upstream.ErrDown):
		return said{response: hostspec.ResponseIssuerDown}
	case errors.Is(err, upstream.ErrProfile):
		return said{response: hostspec.ResponseSystem}
	case err != nil || !q.matches(a):
		return said{response: hostspec.ResponseIssuerDown, left: true}
	}
	s := said{response: a.String(39)}
	if approves(s.response) && unpad(a.String(38)) != "" {
		s.approval = a.String(38)
	}
	if raw, has := a.Get(55); has {
		s.icc = issuerDataOf(raw, s.response)
	}
	return s
}

func (q *request) matches(a *codec.Message) bool {
	if len(a.String(39)) != 2 || a.String(39) == hostspec.ResponsePartial {
		return false
	}
	for _, number := range []int{3, 4, 13, 49} {
		if a.Has(number) && a.String(number) != q.message.String(number) {
			return false
		}
	}
	return true
}

// outgoing are the fields that upstream gets as the terminal gave them.
func outgoing() []int { return []int{3, 4, 7, 11, 12, 13, 22, 23, 25, 37, 41, 42, 49, 54, 55} }

// secret are those that are cleared once it is sent.
func secret() []int { return []int{fieldPAN, fieldExpiry, fieldTrack2, 52} }

func wipeOutward(m *codec.Message) {
	for _, number := range secret() {
		v, _ := m.Get(number)
		clear(v)
	}
}
