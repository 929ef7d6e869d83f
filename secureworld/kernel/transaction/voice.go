package transaction

import (
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// A sale that the issuer refers to a call ends declined, and stays so: the card has been
// told. If the merchant calls and is told an approval code, a capture with that code takes
// the money, as a payment of its own that the host is told of (0220, DE 38). Whether the
// code is the issuer's, the host says; what he refuses ends declined.

// spoken reports whether a start brings an approval that was given by voice.
func spoken(s mailbox.Start) bool { return s.Approval != payment.ApprovalCode{} }

// mayBring: an approval code goes with a capture, which is the whole of it.
func mayBring(s mailbox.Start) bool {
	return !spoken(s) || s.Type == payment.TypeCapture && !s.Last && s.Approval.Whole()
}

// referred reports whether the issuer wanted a call.
func (p *entry) referred() bool {
	r := p.view.Receipt.ResponseCode
	return p.phase == phaseDone && p.view.Outcome == payment.OutcomeDeclined && p.start.Type == payment.TypeSale &&
		p.start.Cashback == 0 && r[0] == '0' && (r[1] == '1' || r[1] == '2')
}

// maySpeak is why a referred sale cannot be captured. It is captured once, also where
// that was taken back: the issuer gave his word once.
func maySpeak(s mailbox.Start, o *entry) mailbox.Code {
	switch {
	case !o.referred() || o.promised.any() || len(o.captures) > 0:
		return mailbox.CodeState
	case s.Amount > o.start.Amount:
		return mailbox.CodeExceeds
	}
	return mailbox.CodeNone
}
