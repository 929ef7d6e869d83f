package kernel2

import "github.com/strongroom-pos/strongroom/reader/emv/contactless"

// finish ends the transaction. The field is switched off for a while where the
// card watches for that.
func (k *Kernel) finish(o contactless.Outcome) contactless.Step {
	k.awaits, k.state = 0, nil
	o.CVM, o.Stripe = k.cvm, k.done.stripe
	if k.capable(cardFieldOff) {
		o.FieldOff, o.FieldHold = true, k.cfg.FieldHold
	}
	return contactless.Step{Outcome: &o}
}

// cardError ends the application: the card broke a rule, and another one may be
// tried (Book C-2: "error, other card").
func (k *Kernel) cardError(e L2Error) contactless.Step {
	k.problem.L2, k.problem.Message = e, contactless.MessageInsertSwipeOrOther
	k.cvm, k.receipt = contactless.CVMNotApplicable, false
	return k.finish(contactless.Outcome{
		Result:    contactless.EndApplication,
		OnOutcome: k.ui(contactless.MessageInsertSwipeOrOther, contactless.UINotReady, k.cfg.MessageHold),
	})
}

// selectNext gives the card back to Entry Point for its next application.
func (k *Kernel) selectNext(e L2Error) contactless.Step {
	k.problem.L2 = e
	k.cvm = contactless.CVMNotApplicable
	return k.finish(contactless.Outcome{Result: contactless.SelectNext, Start: contactless.StartC})
}

// gone: the card left. What it may have counted decides what is kept.
func (k *Kernel) gone() contactless.Step {
	k.problem.L1 = L1TimeOut
	k.cvm = contactless.CVMNotApplicable
	if k.phase == phaseOptions {
		return k.finish(contactless.Outcome{Result: contactless.TryAgain, Start: contactless.StartB})
	}
	if k.phase == phaseAC || k.phase == phaseAgain {
		k.keepTorn()
	}
	k.problem.Message = contactless.MessageTryAgain
	return k.finish(contactless.Outcome{
		Result: contactless.EndApplication, Start: contactless.StartB,
		OnRestart: k.ui(contactless.MessageTryAgain, contactless.UIReadyToRead, 0),
	})
}

// abort stops at the caller's will, unless a command is out that the card may
// have counted.
func (k *Kernel) abort() contactless.Step {
	if k.phase > phaseReading {
		return k.last
	}
	k.problem.L3 = L3Stop
	k.cvm = contactless.CVMNotApplicable
	return k.finish(contactless.Outcome{Result: contactless.EndApplication})
}

func (k *Kernel) ui(m contactless.Message, s contactless.UIStatus, hold uint16) *contactless.UI {
	return &contactless.UI{Message: m, Status: s, HoldTenths: hold, Language: k.language()}
}
