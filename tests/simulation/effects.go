package main

import (
	"crypto/sha256"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

// carryOut is stepper's: leading records become durable together, then one effect.
func (s *secure) carryOut(effects []transaction.Effect) {
	for len(effects) > 0 {
		records, rest := leading(effects)
		if len(records) > 0 {
			if err := s.log.Append(records...); err != nil {
				s.l.w.tracef(s.l, "journal: %v", err)
				s.l.cutForm = s.l.random.intn(cutForms - 1) // who knows what a failed fsync left
				panic(crash{&s.process})
			}
		}
		if effects = rest; len(effects) > 0 {
			s.do(effects[0])
			effects = effects[1:]
		}
	}
}

func leading(effects []transaction.Effect) (records [][]byte, rest []transaction.Effect) {
	for len(effects) > 0 {
		w, ok := effects[0].(transaction.Write)
		if !ok {
			break
		}
		b, err := transaction.EncodeRecord(w.Record)
		if err != nil {
			panic("simulation: a record does not encode")
		}
		records, effects = append(records, b), effects[1:]
	}
	return records, effects
}

func (s *secure) do(e transaction.Effect) {
	switch e := e.(type) {
	case transaction.Reply:
		s.reply(e)
	case transaction.Notify:
		s.publish(e.View)
	case transaction.SetTimer:
		s.setTimer(e)
	case transaction.Send:
		s.send(e.Question, e.Frame)
	case transaction.Forget:
		if !s.l.w.planted(bugNeverForgotten) {
			delete(s.asking, e.Question)
		}
	case transaction.DropHost:
		s.l.net.drop()
	case transaction.ReplaceHostKey:
		s.post(transaction.KeyReplaced{InUse: s.keys.replace()})
	default:
		s.doDevice(e)
	}
}

func (s *secure) setTimer(e transaction.SetTimer) {
	if s.l.w.planted(bugReversalGivenUp) && e.Timer == transaction.TimerReversal {
		if s.gaveUp++; s.gaveUp > 2 {
			return
		}
	}
	s.l.w.later(&s.process, e.After, func() {
		s.step(transaction.TimerFired{Timer: e.Timer, Generation: e.Generation})
	})
}

func (s *secure) reply(r transaction.Reply) {
	answer := s.replies[r.To]
	if answer == nil {
		s.l.check.violation("I15", "a command was answered twice, or never asked")
		return
	}
	delete(s.replies, r.To)
	if r.Refused == mailbox.CodeNone && !r.View.ID.Zero() {
		s.l.check.told(r.View)
	}
	answer(r)
}

func (s *secure) publish(v mailbox.View) {
	s.l.check.told(v)
	s.events = append(s.events, v)
	s.l.terminal.eventsWait(s)
}

func (s *secure) send(q transaction.Question, b []byte) {
	s.point()
	if s.l.net.send(b) {
		s.asking[q] = true
	}
	s.point()
}

func (s *secure) doDevice(e transaction.Effect) {
	r, p := s.l.reader, s.l.pinpad
	switch e := e.(type) {
	case transaction.TakeCard:
		b, err := frame.Append(nil, e.Take)
		if err != nil {
			panic(err)
		}
		s.digest = sha256.Sum256(b)
		digest := s.digest
		r.order(func() { r.take(e.Take, digest) })
	case transaction.TellPIN:
		r.order(func() { r.pinDone(e.PINDone) })
	case transaction.TellCard:
		r.order(func() { r.answer(e.Answer) })
	case transaction.StopReader:
		r.order(func() { r.stop(e.Order) })
	case transaction.AskPIN:
		p.order(func() { p.enter(e.EnterPIN) })
	case transaction.AskConfirm:
		p.order(func() { p.confirm(e.Confirm) })
	case transaction.KeyCard:
		p.order(func() { p.key(e.KeyCard) })
	case transaction.StopPIN:
		p.order(func() { p.stop(e.Order) })
	default:
		s.doWork(e)
	}
}

func (s *secure) doWork(e transaction.Effect) {
	digest := s.digest
	switch e := e.(type) {
	case transaction.SealPAN:
		s.later(func() transaction.Event { return s.sealPAN(e, digest) })
	case transaction.Authorise:
		s.later(func() transaction.Event { return s.authorise(e, digest) })
	case transaction.AuthoriseKey:
		s.later(func() transaction.Event { return s.authoriseKey(e) })
	case transaction.CheckAnswer:
		s.later(func() transaction.Event { return s.checkAnswer(e) })
	case transaction.CheckReversal:
		s.later(func() transaction.Event { return s.checkReversal(e) })
	case transaction.BuildNetwork:
		length, head := s.log.Length(), s.log.Head()
		s.later(func() transaction.Event { return s.buildNetwork(e, length, head) })
	case transaction.CheckNetwork:
		s.later(func() transaction.Event { return s.checkNetwork(e) })
	case transaction.Follow:
		s.later(func() transaction.Event { return s.follow(e) })
	case transaction.Complete:
		s.later(func() transaction.Event { return s.complete(e) })
	case transaction.CheckFollow:
		s.later(func() transaction.Event { return s.checkFollow(e) })
	case transaction.BuildSettle:
		s.later(func() transaction.Event { return s.buildSettle(e) })
	case transaction.CheckSettle:
		s.later(func() transaction.Event { return s.checkSettle(e) })
	case transaction.BuildItems:
		s.later(func() transaction.Event { return s.buildItems(e) })
	case transaction.CheckItems:
		s.later(func() transaction.Event { return s.checkItems(e) })
	case transaction.BuildAdvice:
		s.later(func() transaction.Event { return s.buildAdvice(e.Advising) })
	case transaction.CheckAdvice:
		s.later(func() transaction.Event { return s.checkAdvice(e) })
	case transaction.EndAttempt:
		s.later(func() transaction.Event { s.attempt = nil; return nil })
	}
}

// later gives the application its next piece of work; it does one after the other.
func (s *secure) later(work func() transaction.Event) {
	s.work = append(s.work, work)
	if !s.working {
		s.attend()
	}
}

func (s *secure) attend() {
	s.working = len(s.work) > 0
	if !s.working {
		return
	}
	s.l.w.later(&s.process, 2*time.Millisecond, func() {
		w := s.work[0]
		s.work = s.work[1:]
		if e := w(); e != nil {
			s.post(e)
		}
		s.attend()
	})
}
