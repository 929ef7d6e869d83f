package kernel3

import (
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// holdTenths is how long "see phone" stays and the field is off (clause 5.2.2.2).
const holdTenths = 13

func (k *Kernel) finish(o contactless.Outcome) contactless.Step {
	k.awaits, k.state = 0, nil
	for _, ui := range [...]*contactless.UI{o.OnOutcome, o.OnRestart} {
		if ui != nil {
			ui.Language = k.language()
		}
	}
	return contactless.Step{Outcome: &o}
}

// language is 5F2D if it is pairs of lower-case letters, four at most.
func (k *Kernel) language() string {
	v := k.card.Value(tlv.Tag5F2DLanguagePreference)
	if len(v) > 8 || len(v)%2 != 0 {
		return ""
	}
	for _, c := range v {
		if c < 'a' || c > 'z' {
			return ""
		}
	}
	return string(v)
}

// end is a card or reader that this transaction cannot go on with.
func (k *Kernel) end(why emv.Reason) contactless.Step {
	k.report.Reason = why
	return k.finish(contactless.Outcome{
		Result: contactless.EndApplication, CVM: contactless.CVMNotApplicable,
		OnOutcome: &contactless.UI{Message: contactless.MessageInsertSwipeOrOther, Status: contactless.UIProcessingError},
	})
}

func (k *Kernel) selectNext(why emv.Reason) contactless.Step {
	k.report.Reason = why
	return k.finish(contactless.Outcome{
		Result: contactless.SelectNext, Start: contactless.StartC, CVM: contactless.CVMNotApplicable,
	})
}

// tryAgain is for a card that left too early: nothing has been decided.
func (k *Kernel) tryAgain(why emv.Reason) contactless.Step {
	k.report.Reason = why
	return k.finish(contactless.Outcome{
		Result: contactless.TryAgain, Start: contactless.StartB, CVM: contactless.CVMNotApplicable,
		OnRestart: &contactless.UI{Message: contactless.MessageTryAgain, Status: contactless.UIReadyToRead},
	})
}

// seePhone is 6986 (clause 5.2.2.2).
func (k *Kernel) seePhone() contactless.Step {
	k.report.Reason = ReasonDevice
	return k.finish(contactless.Outcome{
		Result: contactless.TryAgain, Start: contactless.StartB, CVM: contactless.CVMNotApplicable,
		OnOutcome: &contactless.UI{
			Message: contactless.MessageSeePhone, Status: contactless.UIProcessingError, HoldTenths: holdTenths,
		},
		OnRestart: &contactless.UI{Message: contactless.MessageTryAgain, Status: contactless.UIReadyToRead},
		FieldOff:  true, FieldHold: holdTenths,
	})
}

func (k *Kernel) switchInterface(why emv.Reason) contactless.Step {
	k.report.Reason = why
	return k.finish(*insertCard())
}

func insertCard() *contactless.Outcome {
	return &contactless.Outcome{
		Result: contactless.TryAnotherInterface, Alternate: contactless.InterfaceContactChip,
		CVM:       contactless.CVMNotApplicable,
		OnOutcome: &contactless.UI{Message: contactless.MessageInsertCard, Status: contactless.UIProcessingError},
	}
}

// insertOrSwipe prefers no interface (clauses 5.5.1.3 and 5.5.1.4).
func insertOrSwipe() *contactless.Outcome {
	return &contactless.Outcome{
		Result: contactless.TryAnotherInterface, CVM: contactless.CVMNotApplicable,
		OnOutcome: &contactless.UI{Message: contactless.MessageInsertOrSwipe, Status: contactless.UIProcessingError},
	}
}

func (k *Kernel) onlineRequest(cvm contactless.CVM) contactless.Step {
	return k.finish(contactless.Outcome{
		Result: contactless.OnlineRequest, CVM: cvm, Receipt: cvm == contactless.CVMSignature,
		OnOutcome: k.withBalance(contactless.MessageAuthorising), Online: contactless.OnlineNotNeeded,
	})
}

func (k *Kernel) approved(cvm contactless.CVM) contactless.Step {
	message := contactless.MessageApproved
	if cvm == contactless.CVMSignature {
		message = contactless.MessageApprovedSign
	}
	return k.finish(contactless.Outcome{
		Result: contactless.Approved, CVM: cvm, Receipt: cvm == contactless.CVMSignature, OfflineAC: true,
		OnOutcome: k.withBalance(message),
	})
}

func (k *Kernel) declined() contactless.Step {
	return k.finish(contactless.Outcome{
		Result: contactless.Declined, CVM: contactless.CVMNone, OfflineAC: k.report.Cryptogram == AAC,
		OnOutcome: k.withBalance(contactless.MessageNotAuthorised),
	})
}

const qualifierBalance = 2

// withBalance shows what the card has left to spend offline (clause 4.3.1.1).
func (k *Kernel) withBalance(m contactless.Message) *contactless.UI {
	ui := &contactless.UI{Message: m, Status: contactless.UICardReadOK}
	if v, ok := k.card.Get(tag9F5DOfflineSpending); ok && objects.AllDigits(v) {
		ui.Qualifier, ui.Value, ui.Currency = qualifierBalance, [6]byte(v), k.order.Currency
	}
	return ui
}

// hostDecided is a restart with the host's answer: its decision stands, and the
// card gets nothing.
func (k *Kernel) hostDecided(a emv.HostAnswer) contactless.Step {
	k.report.ScriptsDropped = len(a.Scripts)+len(a.IssuerAuthentication) > 0
	if a.Result == emv.HostApproved {
		s := k.approved(contactless.CVMNotApplicable)
		s.Outcome.OfflineAC = false
		return s
	}
	k.refuse(ReasonHost)
	return k.declined()
}
