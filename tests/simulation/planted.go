package main

import (
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// bug is one that is planted around the real cores: in what carries their effects
// out, in what stands in for the devices, or in the host's tables. No program of the
// product has such a switch.
type bug int

const (
	bugNone bug = iota
	bugReversalSkipped
	bugReversalGivenUp
	bugIntentAfterSend
	bugIntentSkipped
	bugNoSync
	bugKSNCached
	bugSTANCached
	bugMACUnchecked
	bugLateAccepted
	bugApprovedWithoutTC
	bugKeyIgnoresBody
	bugReplayLost
	bugReversedTwice
	bugCreditLost
	bugAmount
	bugEventBeforeRecord
	bugRecoveryForgets
	bugPINKey
	bugTrackKept
	bugPANShown
	bugBusyKept
	bugDoneSkipped
	bugCaptureSkipped
	bugItemLost
	bugHoldKept
	bugSTANAlone
	bugBatchPending
	bugCancelDeaf
	bugNeverForgotten
	bugEventLost
	bugKeysLeft
	bugExportForgets
	bugRollbackBlind
	bugs
)

// plantedBug is one with what must find it.
type plantedBug struct {
	bug   bug
	name  string
	finds []string // invariants, any of them
	seeds int      // within which it must be found
}

func plantedBugs() []plantedBug {
	return []plantedBug{
		{bugReversalSkipped, "reversal skipped, and told as settled", []string{"I1", "I4", "I12"}, 10},
		{bugReversalGivenUp, "reversal dropped after two tries", []string{"I13", "I12"}, 60},
		{bugIntentAfterSend, "intent written after sending", []string{"I8"}, 3},
		{bugIntentSkipped, "intent never written", []string{"I8"}, 3},
		{bugNoSync, "fsync left out", []string{"I5", "I8"}, 3},
		{bugKSNCached, "KSN taken from a cache that is not durable", []string{"I8"}, 20},
		{bugSTANCached, "STAN and RRN taken from a cache that is not durable", []string{"I8"}, 20},
		{bugMACUnchecked, "MAC of the host's answer not checked", []string{"I1", "I19", "I4"}, 60},
		{bugLateAccepted, "late approval accepted", []string{"I5", "I10", "I1"}, 40},
		{bugApprovedWithoutTC, "approved without the card's TC", []string{"I5"}, 10},
		{bugKeyIgnoresBody, "key replay ignores the body", []string{"I3"}, 10},
		{bugReplayLost, "key replay lost at restart", []string{"I10", "I3", "I1"}, 40},
		{bugReversedTwice, "reversal applied twice by the host", []string{"I2", "I1", "I4"}, 10},
		{bugCreditLost, "issuer's credit of a reversal lost", []string{"I2", "I1"}, 10},
		{bugAmount, "amount changed behind the till's back", []string{"I6"}, 3},
		{bugEventBeforeRecord, "event sent before its record is durable", []string{"I5"}, 3},
		{bugRecoveryForgets, "recovery leaves out its first record", []string{"I9", "I12", "I1", "I5", "I8"}, 40},
		{bugPINKey, "PIN block under the data key", []string{"I18"}, 5},
		{bugTrackKept, "track 2 kept after the answer", []string{"I20"}, 3},
		{bugPANShown, "account number in a view", []string{"I17"}, 3},
		{bugBusyKept, "busy flag not cleared on cancel", []string{"I14"}, 20},
		{bugDoneSkipped, "outcome told and never recorded", []string{"I5"}, 3},
		{bugCaptureSkipped, "capture never told to the host", []string{"I1", "I7"}, 10},
		{bugItemLost, "host books an item into another batch", []string{"I7"}, 20},
		{bugHoldKept, "issuer keeps holding what was captured", []string{"I1"}, 10},
		{bugSTANAlone, "answer matched by STAN alone", []string{"I1"}, 120},
		{bugBatchPending, "batch closed with a pending reversal", []string{"I7", "I1"}, 60},
		{bugCancelDeaf, "cancel answered and not heeded", []string{"I15"}, 5},
		{bugNeverForgotten, "what was asked is never forgotten", []string{"I16"}, 20},
		{bugEventLost, "events of a broken connection not sent again", []string{"I11"}, 20},
		{bugKeysLeft, "keys left after tamper", []string{"I21"}, 40},
		{bugExportForgets, "a reversal that a tampered device leaves is not written down", []string{"I1", "I9"}, 60},
		{bugRollbackBlind, "the host's word on an older journal not heard", []string{"I8"}, 100},
	}
}

func (w *world) planted(b bug) bool { return w.bug == b }

// disturb changes what one step wants done.
func (s *secure) disturb(e transaction.Event, effects []transaction.Effect) []transaction.Effect {
	s.l.check.stepped(e, effects)
	switch s.l.w.bug {
	case bugReversalSkipped:
		return s.withoutReversal(effects)
	case bugIntentAfterSend:
		return swap(effects, isIntent, isSend)
	case bugIntentSkipped:
		return without(effects, isIntent)
	case bugDoneSkipped:
		return without(effects, isDone)
	case bugSTANCached:
		return without(effects, func(e transaction.Effect) bool {
			w, ok := e.(transaction.Write)
			_, asked := w.Record.(transaction.Asked)
			return ok && asked
		})
	case bugEventBeforeRecord:
		return swap(effects, isDone, isNotify)
	case bugAmount:
		for i, e := range effects {
			if t, ok := e.(transaction.TakeCard); ok {
				t.Amount++
				effects[i] = t
			}
		}
	case bugPANShown:
		for i, e := range effects {
			if n, ok := e.(transaction.Notify); ok && n.View.Outcome != payment.OutcomeNone {
				copy(n.View.Receipt.Label[:], s.l.pan(cardPlain))
				effects[i] = n
			}
		}
	case bugBatchPending:
		s.closeEarly(e)
	case bugCaptureSkipped:
		return s.withoutCaptures(effects)
	case bugBusyKept:
		return s.keepBusy(e, effects)
	}
	return effects
}

func without(effects []transaction.Effect, which func(transaction.Effect) bool) (out []transaction.Effect) {
	for _, e := range effects {
		if !which(e) {
			out = append(out, e)
		}
	}
	return out
}

// swap puts the first a behind the first b that follows it.
func swap(effects []transaction.Effect, a, b func(transaction.Effect) bool) []transaction.Effect {
	for i := range effects {
		if !a(effects[i]) {
			continue
		}
		for j := i + 1; j < len(effects); j++ {
			if b(effects[j]) {
				moved := effects[i]
				copy(effects[i:j], effects[i+1:j+1])
				effects[j] = moved
				return effects
			}
		}
	}
	return effects
}

func isIntent(e transaction.Effect) bool {
	w, ok := e.(transaction.Write)
	_, is := w.Record.(transaction.Intent)
	return ok && is
}

func isDone(e transaction.Effect) bool {
	w, ok := e.(transaction.Write)
	_, is := w.Record.(transaction.Done)
	return ok && is
}

func isSend(e transaction.Effect) bool   { _, is := e.(transaction.Send); return is }
func isNotify(e transaction.Effect) bool { _, is := e.(transaction.Notify); return is }

// withoutReversal swallows reversals and tells the core that they were settled.
func (s *secure) withoutReversal(effects []transaction.Effect) []transaction.Effect {
	return without(effects, func(e transaction.Effect) bool {
		m, ok := e.(transaction.Send)
		if !ok || m.Question.Class != transaction.ClassReversal {
			return false
		}
		for _, id := range s.l.check.ids {
			v := status(s.core, id, s.wall()).View
			if v.Receipt.STAN == m.Question.STAN && v.Status == payment.StatusResolving {
				c := transaction.ReversalChecked{ID: id}
				c.Settled.Settled, c.Response = true, payment.ResponseCode{'0', '0'}
				s.post(c)
			}
		}
		return true
	})
}

// withoutCaptures swallows captures and tells the core that they were taken.
func (s *secure) withoutCaptures(effects []transaction.Effect) []transaction.Effect {
	return without(effects, func(e transaction.Effect) bool {
		m, ok := e.(transaction.Send)
		if !ok || m.Question.Class != transaction.ClassAdvice {
			return false
		}
		taken := false
		for _, id := range s.l.check.ids {
			v := status(s.core, id, s.wall()).View
			if v.Receipt.STAN == m.Question.STAN && v.Type == payment.TypeCapture && v.Outcome == payment.OutcomeNone {
				c := transaction.FollowChecked{ID: id}
				c.Settled.Settled, c.Response = true, payment.ResponseCode{'0', '0'}
				s.post(c)
				taken = true
			}
		}
		return taken
	})
}

// acceptLate tells an approval that came too late.
func (s *secure) acceptLate(b []byte) {
	m, err := s.l.w.rules.codec.Unpack(b)
	if err != nil || m.String(39) != "00" {
		return
	}
	id, known := s.l.check.attempts[payment.RRN(number(m.String(37)))]
	if !known {
		return
	}
	v := status(s.core, id, s.wall()).View
	if v.Outcome == payment.OutcomeApproved {
		return
	}
	v.Status, v.Outcome, v.Money, v.Approved = payment.StatusCompleted, payment.OutcomeApproved, payment.MoneyCaptured, v.Amount
	s.publish(v)
}

// keepBusy refuses every payment after a cancel.
func (s *secure) keepBusy(e transaction.Event, effects []transaction.Effect) []transaction.Effect {
	if _, ok := e.(transaction.Cancel); ok {
		s.busy = true
	}
	start, ok := e.(transaction.Start)
	if !s.busy || !ok {
		return effects
	}
	return []transaction.Effect{transaction.Reply{To: start.Reply, Refused: mailbox.CodeBusy}}
}
