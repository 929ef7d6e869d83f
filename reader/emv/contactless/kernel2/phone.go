package kernel2

import (
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
)

// POS cardholder interaction information (DF4B): three bytes of a device.
const (
	phoneVerified = 0x10 // byte 2: on-device CVM was successful

	// secondTapMask: what makes the device come back: acknowledgement, CVM or a
	// choice in its wallet. Byte 2 in the high half.
	secondTapMask2 = 0x03
	secondTapMask3 = 0x0F
)

func (k *Kernel) secondTap() bool {
	v := k.card.Value(tagDF4BPOSInteraction)
	return len(v) == 3 && (v[1]&secondTapMask2 != 0 || v[2]&secondTapMask3 != 0)
}

func (k *Kernel) verifiedOnDevice() bool {
	v := k.card.Value(tagDF4BPOSInteraction)
	return len(v) == 3 && v[1]&phoneVerified != 0
}

// tapAgain sends the cardholder to the phone and waits for the card again. No
// verification of this tap counts.
func (k *Kernel) tapAgain() contactless.Step {
	now := k.ui(contactless.MessageNotAuthorised, contactless.UINotReady, k.cfg.MessageHold)
	for _, m := range k.phoneMessages() {
		if k.applies(m) {
			now.Message, now.Status = m.Message, m.Status
			break
		}
	}
	again := *now
	again.Status, again.HoldTenths = contactless.UIReadyToRead, 0
	k.cvm = contactless.CVMNotApplicable
	return k.finish(contactless.Outcome{
		Result: contactless.EndApplication, Start: contactless.StartB, OnOutcome: now, OnRestart: &again,
	})
}

func (k *Kernel) applies(m PhoneMessage) bool {
	v := k.card.Value(tagDF4BPOSInteraction)
	for i := range m.Mask {
		if v[i]&m.Mask[i] != m.Value[i] {
			return false
		}
	}
	return true
}

// phoneMessages is the configured table, or the book's own (DF8131).
func (k *Kernel) phoneMessages() []PhoneMessage {
	if len(k.cfg.PhoneMessages) > 0 {
		return k.cfg.PhoneMessages
	}
	out := make([]PhoneMessage, 0, 6)
	for _, bits := range [][3]byte{{0, 0, 1}, {0, 8, 0}, {0, 4, 0}, {0, 1, 0}, {0, 2, 0}} {
		out = append(out, PhoneMessage{emv.Hex(bits[:]), emv.Hex(bits[:]), contactless.MessageSeePhone, contactless.UINotReady})
	}
	return append(out, PhoneMessage{make(emv.Hex, 3), make(emv.Hex, 3), contactless.MessageNotAuthorised, contactless.UINotReady})
}
