package main

import (
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// anyAnswer takes an answer that has the request's STAN, whatever else it says.
func (s *secure) anyAnswer(e transaction.CheckAnswer) (call.Code, call.Answered) {
	var out call.Answered
	m, err := s.l.w.rules.codec.Unpack(e.Frame)
	if err != nil || number(m.String(11)) != uint64(e.Terms.STAN) || !m.Has(39) {
		return call.CodeAnswer, out
	}
	out.Approved = m.String(39) == hostspec.ResponseApproved
	copy(out.Response[:], m.String(39))
	if out.Approved {
		out.Amount = e.Terms.Amount
	} else {
		out.Decline = payment.DeclineDeclined
	}
	return 0, out
}

// closeEarly lets a batch be closed as if nothing were pending.
func (s *secure) closeEarly(e transaction.Event) {
	if _, ok := e.(transaction.Settle); !ok || s.core.State().Pending == 0 {
		return
	}
	for _, id := range s.l.check.ids {
		if v := status(s.core, id, s.wall()).View; v.Status == payment.StatusResolving {
			c := transaction.ReversalChecked{ID: id}
			c.Settled.Settled, c.Response = true, payment.ResponseCode{'0', '0'}
			s.post(c)
		}
	}
}
