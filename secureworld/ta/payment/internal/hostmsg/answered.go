package hostmsg

import (
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// RequestAnswer reads an 0110 or 0210 whose MAC was verified.
func (ms *Messages) RequestAnswer(frame []byte, t *call.Terms, ksn [12]byte) (call.Answered, error) {
	k, known := kindOf(t)
	if !known {
		return call.Answered{}, call.CodeMalformed
	}
	a, err := ms.answer(frame, k.answer, startFinancial(k.answer, t, Card{}), ksn)
	if err != nil {
		return call.Answered{}, err
	}
	out := call.Answered{Response: a.response, Decline: declineOf(hostspec.CategoryOf(a.code()))}
	if out.Approved = out.Decline == payment.DeclineNone; out.Approved {
		if err := readApproved(&out, a, t); err != nil {
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

// readApproved reads how much was approved: the whole, or less where that was
// announced. A balance is told instead of an amount.
func readApproved(out *call.Answered, a *answer, t *call.Terms) error {
	out.Amount = t.Amount
	if a.code() == hostspec.ResponsePartial {
		n, ok := amountOf(a.Message)
		if !ok || n < 1 || n >= t.Amount {
			return call.CodeAnswer
		}
		out.Amount = n
	}
	if t.Type == payment.TypeBalance {
		return readBalance(out, a)
	}
	return readApproval(out, a)
}

func amountOf(m *codec.Message) (payment.Amount, bool) {
	digits, _ := m.Get(deAmount)
	n, ok := number(digits)
	return payment.Amount(n), ok && payment.Amount(n).Valid()
}

func readBalance(out *call.Answered, a *answer) error {
	field, there := a.Get(deAdditional)
	if !there {
		return nil
	}
	all, err := hostspec.ParseAdditional(field)
	if err != nil {
		return call.CodeAnswer
	}
	for _, x := range all {
		if x.Type == hostspec.AmountAvailable && !x.Debit {
			out.HasBalance, out.Balance = true, payment.Amount(x.Amount)
		}
	}
	return nil
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
