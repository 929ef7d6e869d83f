package kernel2

import (
	"bytes"
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// beginStripe reads the one record of mag-stripe mode, or all that the card
// names where it names another one first.
func (k *Kernel) beginStripe() contactless.Step {
	k.done.stripe = true
	afl := k.card.Value(tlv.Tag94ApplicationFileLocator)
	if bytes.HasPrefix(afl, stripeEntry()) {
		afl = afl[:4]
	}
	k.records = recordCursor{afl: afl, next: (*Kernel).stripeRead}
	return k.readFirst()
}

// stripeRead checks the tracks and asks for the dynamic part.
func (k *Kernel) stripeRead() contactless.Step {
	for _, tag := range [...]tlv.Tag{tag9F6BTrack2, tag9F66PUNATCTrack2, tag9F65PCVC3Track2, tag9F67NATCTrack2} {
		if len(k.card.Value(tag)) == 0 {
			return k.cardError(ErrorDataMissing)
		}
	}
	var ok bool
	if k.stripe, ok = k.planStripe(); !ok {
		return k.cardError(ErrorCardData)
	}
	if k.act.Order.Amount > k.transactionLimit() {
		return k.selectNext(ErrorMaxLimit)
	}
	k.terminal.Set(tag9F6AUNNumeric, unNumeric(k.act.Order.UnpredictableNumber, k.stripe.un))
	if k.onDevice() && k.cvmNeeded() {
		k.terminal.Set(tag9F7EMobileSupport, []byte{mobileSupported | mobileCVMRequired})
	}
	return k.checksum()
}

// checksum sends COMPUTE CRYPTOGRAPHIC CHECKSUM over the data of the UDOL.
func (k *Kernel) checksum() contactless.Step {
	udol := k.card.Value(tag9F69UDOL)
	if len(udol) == 0 {
		udol = []byte{0x9F, 0x6A, 0x04}
	}
	data, ok := k.fill(udol)
	if !ok {
		return k.cardError(ErrorCardData)
	}
	return k.transmit(iso7816.Command{CLA: 0x80, INS: 0x2A, P1: 0x8E, P2: 0x80, Data: data}, phaseChecksum, (*Kernel).checksummed)
}

// unNumeric is 9F6A: the order's unpredictable number as a decimal number, its n
// last digits, zeros in front.
func unNumeric(un [4]byte, n int) []byte {
	limit := uint64(1)
	for range n {
		limit *= 10
	}
	return objects.BCD(uint64(binary.BigEndian.Uint32(un[:]))%limit, 4)
}

// checksummed fills the tracks. A device without a checksum either wants to be
// tapped again or refuses.
func (k *Kernel) checksummed(in emv.Input) contactless.Step {
	data, stop := k.answer(in)
	if stop != nil {
		return *stop
	}
	if e := k.takeFormat2(data); e != ErrorNone {
		return k.cardError(e)
	}
	v := k.card.Value
	switch {
	case !k.card.Has(tlv.Tag9F36ApplicationTransactionCounter):
		return k.cardError(ErrorDataMissing)
	case !k.card.Has(tag9F61CVC3Track2):
		return k.withoutChecksum()
	case k.card.Has(tag56Track1) && !k.card.Has(tag9F60CVC3Track1):
		return k.cardError(ErrorDataMissing)
	}
	atc := int(binary.BigEndian.Uint16(v(tlv.Tag9F36ApplicationTransactionCounter)))
	k.stripe.fill(track2(v(tag9F6BTrack2)), k.stripe.track2, int(binary.BigEndian.Uint16(v(tag9F61CVC3Track2))), k.unDigits(), atc, k.stripeMark())
	if k.card.Has(tag56Track1) {
		k.stripe.fill(track1(v(tag56Track1)), k.stripe.track1, int(binary.BigEndian.Uint16(v(tag9F60CVC3Track1))), k.unDigits(), atc, k.stripeMark())
	}
	return k.requestStripe()
}

func (k *Kernel) unDigits() int {
	n := 0
	for _, b := range k.terminal.Value(tag9F6AUNNumeric) {
		n = n*100 + decimal(b)
	}
	return n
}

// stripeMark is the last digit of the discretionary data: how many digits of the
// unpredictable number there are, moved by five where the device has verified
// its holder.
func (k *Kernel) stripeMark() int {
	if k.verifiedOnDevice() {
		return (k.stripe.un + 5) % 10
	}
	return k.stripe.un
}

func (k *Kernel) withoutChecksum() contactless.Step {
	switch {
	case !k.card.Has(tagDF4BPOSInteraction):
		return k.cardError(ErrorDataMissing)
	case k.secondTap():
		return k.tapAgain()
	}
	k.cvm = contactless.CVMNotApplicable
	return k.finish(contactless.Outcome{
		Result:    contactless.Declined,
		OnOutcome: k.ui(contactless.MessageNotAuthorised, contactless.UINotReady, k.cfg.MessageHold),
	})
}

// requestStripe goes online with magnetic stripe data.
func (k *Kernel) requestStripe() contactless.Step {
	needed := k.cvmNeeded()
	switch {
	case k.onDevice() && needed:
		k.cvm = contactless.CVMDevice
	case k.onDevice():
		k.cvm = contactless.CVMNone
	case needed:
		k.cvm = k.cfg.Stripe.CVMRequired
	default:
		k.cvm = k.cfg.Stripe.CVMNotRequired
	}
	return k.finish(contactless.Outcome{
		Result: contactless.OnlineRequest, Receipt: needed || k.cvm == contactless.CVMSignature,
		OnOutcome: k.ui(contactless.MessageAuthorising, contactless.UINotReady, 0),
	})
}
