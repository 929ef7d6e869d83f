package hostmsg

import (
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// kind is how hostspec tells what is done.
type kind struct {
	mti, answer, processing string
	transaction             byte // 9C
}

// kindOf is the kind of a payment. A void has none of its own.
func kindOf(t *call.Terms) (k kind, known bool) {
	switch t.Type {
	case payment.TypeSale:
		k = kind{hostspec.MTIRequest, hostspec.MTIRequestAnswer, hostspec.ProcessingSale, 0x00}
		if t.Cashback > 0 {
			k.processing, k.transaction = hostspec.ProcessingCashback, 0x09
		}
	case payment.TypeRefund:
		k = kind{hostspec.MTIRequest, hostspec.MTIRequestAnswer, hostspec.ProcessingRefund, 0x20}
	case payment.TypePreauth, payment.TypeIncrement:
		k = kind{hostspec.MTIAuthorisation, hostspec.MTIAuthorisationAnswer, hostspec.ProcessingSale, 0x00}
	case payment.TypeBalance:
		k = kind{hostspec.MTIAuthorisation, hostspec.MTIAuthorisationAnswer, hostspec.ProcessingBalance, 0x31}
	case payment.TypeCapture:
		k = kind{hostspec.MTIAdvice, hostspec.MTIAdviceAnswer, hostspec.ProcessingSale, 0x00}
	default:
		return kind{}, false
	}
	if t.Offline {
		k.mti, k.answer = hostspec.MTIAdvice, hostspec.MTIAdviceAnswer
	}
	return k, true
}

// TransactionType is 9C of what is asked for.
func TransactionType(t payment.Type, cashback payment.Amount) byte {
	k, _ := kindOf(&call.Terms{Type: t, Cashback: cashback})
	return k.transaction
}
