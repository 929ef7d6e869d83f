package kernel2

import (
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// conclude turns a valid answer into the outcome (Book C-2, "valid response"). A
// device that wants to be tapped again comes first.
func (k *Kernel) conclude() contactless.Step {
	if k.secondTap() {
		return k.tapAgain()
	}
	switch k.card.Value(tlv.Tag9F27CryptogramInformationData)[0] & acMask {
	case acTC:
		return k.approve()
	case acARQC:
		return k.finish(contactless.Outcome{
			Result: contactless.OnlineRequest, Receipt: k.receipt,
			OnOutcome: k.ui(contactless.MessageAuthorising, contactless.UINotReady, 0),
		})
	default:
		return k.refuse()
	}
}

func (k *Kernel) approve() contactless.Step {
	message := contactless.MessageApproved
	if k.cvm == contactless.CVMSignature {
		message = contactless.MessageApprovedSign
	}
	return k.finish(contactless.Outcome{
		Result: contactless.Approved, Receipt: k.receipt, OfflineAC: true,
		OnOutcome: k.ui(message, contactless.UINotReady, k.cfg.MessageHold),
	})
}

// refuse: a payment that a plain card declines may succeed with its contacts; a
// device has none. Other transactions, refunds among them, are at their end.
func (k *Kernel) refuse() contactless.Step {
	o := contactless.Outcome{
		Result: contactless.Declined, OfflineAC: true, Receipt: k.receipt,
		OnOutcome: k.ui(contactless.MessageNotAuthorised, contactless.UINotReady, k.cfg.MessageHold),
	}
	switch {
	case !k.pays():
		o.Result = contactless.EndApplication
		o.OnOutcome = k.ui(contactless.MessageNone, contactless.UINotReady, 0)
	case k.cfg.CardDataInput[0]&capContact != 0 && !k.otherForm():
		o.Result, o.Alternate = contactless.TryAnotherInterface, contactless.InterfaceContactChip
		o.OnOutcome.Message = contactless.MessageInsertCard
	}
	return k.finish(o)
}

func (k *Kernel) pays() bool {
	switch k.act.Order.TransactionType {
	case typePurchase, typeCash, typeCashback, typeAdvance:
		return true
	default:
		return false
	}
}

// otherForm: third party data (9F6E) name a device that is not a card. They have
// a device type where the first bit of the unique identifier is clear.
func (k *Kernel) otherForm() bool {
	v := k.card.Value(tag9F6EThirdParty)
	return len(v) >= 6 && v[2]&0x80 == 0 && string(v[4:6]) != "00"
}
