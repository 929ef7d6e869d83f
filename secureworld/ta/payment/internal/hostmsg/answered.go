package hostmsg

import (
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// RequestAnswer reads an 0210 whose MAC was verified. The whole amount is
// approved or nothing: this terminal does not announce partial approval.
func (ms *Messages) RequestAnswer(frame []byte, t *call.Terms, ksn [12]byte) (call.Answered, error) {
	a, err := ms.answer(frame, hostspec.MTIRequestAnswer, startFinancial(hostspec.MTIRequestAnswer, t, Card{}), ksn)
	if err != nil {
		return call.Answered{}, err
	}
	out := call.Answered{Response: a.response, Decline: declineOf(hostspec.CategoryOf(a.code()))}
	if out.Approved = out.Decline == payment.DeclineNone; out.Approved {
		out.Amount = t.Amount
		if err := readApproval(&out, a); err != nil {
			return call.Answered{}, err
		}
	}
	if icc, there := a.Get(deICC); there {
		if err := readIssuer(&out, icc); err != nil {
			return call.Answered{}, err
		}
	}
	return out, nil
}

// readApproval takes DE 38, which an approval has.
func readApproval(out *call.Answered, a *answer) error {
	code, _ := a.Get(deApproval)
	if copy(out.Approval[:], code) != len(out.Approval) || !out.Approval.Valid() || out.Approval.String() == "" {
		return call.CodeAnswer
	}
	return nil
}

// declineOf translates the host's category; each has one name here.
func declineOf(c hostspec.Category) payment.Decline {
	switch c {
	case hostspec.CategoryApproved:
		return payment.DeclineNone
	case hostspec.CategoryTryAgain:
		return payment.DeclineTryAgain
	case hostspec.CategoryOtherCard:
		return payment.DeclineOtherCard
	case hostspec.CategoryWrongPIN:
		return payment.DeclineWrongPIN
	case hostspec.CategoryInsufficientFunds:
		return payment.DeclineInsufficientFunds
	case hostspec.CategoryCallIssuer:
		return payment.DeclineCallIssuer
	case hostspec.CategoryPickup:
		return payment.DeclinePickup
	case hostspec.CategoryNotSupported:
		return payment.DeclineNotSupported
	}
	return payment.DeclineDeclined
}
