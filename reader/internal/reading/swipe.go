package reading

import (
	"context"

	"github.com/strongroom-pos/strongroom/reader/internal/magstripe"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// swiping deals with a card that was drawn through the head.
func (v *visit) swiping(ctx context.Context, w magstripe.Swipe) (byte, any, bool) {
	defer wipe(w)
	if w.Bad || w.Stripe == nil {
		v.order.progress(sred.StageReadAgain)
		v.Display.ReadAgain(v.order.amount())
		return v.goOn()
	}
	if v.rules.Whitelist.onStripe(w.Stripe) {
		return v.fails(sred.CodeNotPayment)
	}
	if w.Stripe.Chip() && !v.fallback {
		return v.useChip()
	}
	v.end()
	v.order.progress(sred.StageSwiped)
	return v.stripe(ctx, w.Stripe)
}

// useChip refuses the stripe of a chip card: it can be copied, the chip cannot.
func (v *visit) useChip() (byte, any, bool) {
	if !v.open.Has(sred.InterfaceChip) {
		return v.fails(sred.CodeUseChip)
	}
	v.order.progress(sred.StageUseChip)
	v.Display.UseChip(v.order.amount())
	return v.goOn()
}

// stripe goes online with a stripe's data.
func (v *visit) stripe(ctx context.Context, s *magstripe.Stripe) (byte, any, bool) {
	d := reading{source: stripeSource{s, v.order.Take}, entry: entryStripe, cvm: []byte{contents.CVMSignature}}
	if s.Chip() {
		d.entry = entryFallback
	}
	if wantsPIN(s.ServiceCode()) {
		d.cvm = []byte{contents.CVMOnlinePIN}
		if code := v.verify(ctx, d); code != sred.CodeNone {
			return v.fails(code)
		}
	}
	return v.online(ctx, d)
}

// wantsPIN reads the third digit of the service code (ISO/IEC 7813): a PIN is
// required by 0, 3 and 5, and wanted by 6 and 7 where there is a PIN pad.
func wantsPIN(service [3]byte) bool {
	switch service[2] {
	case '0', '3', '5', '6', '7':
		return true
	}
	return false
}

// stripeSource gives a stripe the form of a kernel: its tracks, and the order as
// the secure world gave it.
type stripeSource struct {
	stripe *magstripe.Stripe
	take   sred.Take
}

// AccountTLV appends track 1, where the head read it, and track 2.
func (s stripeSource) AccountTLV(dst []byte) []byte {
	var room [80]byte
	defer clear(room[:])
	if s.stripe.HasTrack1() {
		dst = tlv.Append(dst, 0x56, s.stripe.Track1(room[:0]))
	}
	return tlv.Append(dst, tlv.Tag57Track2EquivalentData, s.stripe.Track2Equivalent(room[:0]))
}

// HostTLV appends the order's values, which the payment application compares with
// what was ordered.
func (s stripeSource) HostTLV(dst []byte) []byte {
	t := s.take
	dst = tlv.Append(dst, tlv.Tag5F2ATransactionCurrencyCode, packed(uint64(t.Currency), 2))
	dst = tlv.Append(dst, tlv.Tag9ATransactionDate, t.Date[:])
	dst = tlv.Append(dst, tlv.Tag9CTransactionType, []byte{t.TransactionType})
	dst = tlv.Append(dst, tlv.Tag9F02AmountAuthorised, packed(t.Amount, 6))
	return tlv.Append(dst, tlv.Tag9F37UnpredictableNumber, t.Unpredictable[:])
}

// packed writes n as packed digits in size bytes.
func packed(n uint64, size int) []byte {
	b := make([]byte, size)
	for i := size - 1; i >= 0; i-- {
		b[i] = byte(n/10%10<<4 | n%10)
		n /= 100
	}
	return b
}
