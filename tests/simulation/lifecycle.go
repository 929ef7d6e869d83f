package main

import (
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// follow builds the messages of what needs no card.
func (s *secure) follow(e transaction.Follow) transaction.Event {
	return s.request(s.of(e.Order), call.OpFollow, func(k [3][12]byte) any {
		return call.Follow{Terms: e.Terms, Void: e.Void, Last: e.Last, Origin: e.Origin, Token: e.Token,
			KSNRequest: k[0], KSNReversal: k[1], KSNRepeat: k[2]}
	})
}

// complete builds the advice of what the card has approved by itself.
func (s *secure) complete(e transaction.Complete) transaction.Event {
	failed := transaction.WorkFailed{Order: e.Order, Code: call.CodeInternal}
	i := s.attempt
	if i == nil || i.order != e.Order {
		return failed
	}
	m, err := s.keys.reserve(3)
	if err != nil {
		return failed
	}
	i.messages, i.first = m, 1
	var out call.Authorised
	if failed.Code = i.ask(call.OpComplete, call.Complete{Terms: e.Terms, Cryptogram: e.Cryptogram, TVR: e.TVR, IAD: e.IAD,
		KSNReversal: m[1].KSN(), KSNRepeat: m[2].KSN()}, &out); failed.Code != 0 {
		return failed
	}
	return transaction.Completed{Order: e.Order, Keys: sealKeys(m), Reversal: out.Reversal, Repeat: out.Repeat}
}

// checkFollow: the answer may be to the first frame or to its repeat.
func (s *secure) checkFollow(e transaction.CheckFollow) transaction.Event {
	out := transaction.FollowChecked{ID: e.ID}
	for _, n := range []int{2, 1} {
		frame := append([]byte(nil), e.Frame...)
		if e.Void {
			out.Code = s.instance().verifying(call.OpCheckReversal, e.Keys, e.Frame, n, func(ksn [12]byte) any {
				return call.CheckReversal{Terms: e.Terms, KSN: ksn, Frame: frame}
			}, &out.Settled)
		} else {
			out.Code = s.instance().verifying(call.OpCheckAdvice, e.Keys, e.Frame, n, func(ksn [12]byte) any {
				return call.CheckAdvice{Terms: e.Terms, KSN: ksn, Frame: frame}
			}, &out.Settled)
		}
		if out.Code == 0 {
			break
		}
	}
	return out
}

// buildAdvice tells the host what a card did with its issuer's commands.
func (s *secure) buildAdvice(v transaction.Advising) transaction.Event {
	out := transaction.AdviceBuilt{RRN: v.Terms.RRN}
	out.Frame, out.Keys, out.Code = s.build(call.OpAdvice, func(ksn [12]byte) any {
		return call.Advice{Terms: v.Terms, KSN: ksn, Cryptogram: v.Cryptogram, TVR: v.TVR, TSI: v.TSI, Scripts: v.Scripts}
	})
	return out
}

func (s *secure) checkAdvice(e transaction.CheckAdvice) transaction.Event {
	out := transaction.AdviceChecked{RRN: e.Terms.RRN}
	out.Code = s.instance().verifying(call.OpCheckAdvice, e.Keys, e.Frame, 0, func(ksn [12]byte) any {
		return call.CheckAdvice{Terms: e.Terms, KSN: ksn, Frame: append([]byte(nil), e.Frame...)}
	}, &out.Settled)
	return out
}

func (s *secure) buildSettle(e transaction.BuildSettle) transaction.Event {
	out := transaction.SettleBuilt{RRN: e.Terms.RRN}
	out.Frame, out.Keys, out.Code = s.build(call.OpSettle, func(ksn [12]byte) any {
		return call.Settle{Terms: e.Terms, Totals: e.Totals, KSN: ksn}
	})
	return out
}

func (s *secure) buildItems(e transaction.BuildItems) transaction.Event {
	out := transaction.ItemsBuilt{RRN: e.Terms.RRN}
	out.Frame, out.Keys, out.Code = s.build(call.OpItems, func(ksn [12]byte) any {
		return call.Items{Terms: e.Terms, Page: e.Page, KSN: ksn}
	})
	return out
}

// build makes one message that has no other beside it.
func (s *secure) build(op uint32, question func([12]byte) any) (frame, keys []byte, code call.Code) {
	m, err := s.keys.reserve(1)
	if err != nil {
		return nil, nil, call.CodeKey
	}
	i := s.instance()
	i.messages = m
	var out call.Networked
	code = i.ask(op, question(m[0].KSN()), &out)
	return out.Frame, sealKeys(m), code
}

func (s *secure) checkSettle(e transaction.CheckSettle) transaction.Event {
	out := transaction.SettleChecked{RRN: e.Terms.RRN}
	out.Code = s.instance().verifying(call.OpCheckSettle, e.Keys, e.Frame, 0, func(ksn [12]byte) any {
		return call.CheckSettle{Terms: e.Terms, KSN: ksn, Frame: append([]byte(nil), e.Frame...)}
	}, &out.Totalled)
	return out
}

func (s *secure) checkItems(e transaction.CheckItems) transaction.Event {
	out := transaction.ItemsChecked{RRN: e.Terms.RRN}
	out.Code = s.instance().verifying(call.OpCheckItems, e.Keys, e.Frame, 0, func(ksn [12]byte) any {
		return call.CheckItems{Terms: e.Terms, KSN: ksn, Frame: append([]byte(nil), e.Frame...)}
	}, &out.Itemised)
	return out
}

// topOf is the counter of the first of a sealed set.
func topOf(keys []byte) uint32 {
	if len(keys) < ksnSize {
		return 0
	}
	return binary.BigEndian.Uint32(keys[8:])
}
