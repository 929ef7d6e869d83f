package stepper

import (
	"context"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// do carries out one effect that is no record. A device that cannot be reached
// is no error here: its door reports the end of the session as an event.
func (s *Stepper) do(ctx context.Context, e transaction.Effect) {
	switch e := e.(type) {
	case transaction.Reply:
		s.reply(e)
	case transaction.Notify:
		s.cfg.Publish(e.View)
	case transaction.SetTimer:
		time.AfterFunc(e.After, func() {
			s.queue.add(transaction.TimerFired{Timer: e.Timer, Generation: e.Generation})
		})
	case transaction.Send:
		if s.cfg.Host.Send(e.Question, e.Frame) != nil {
			s.cfg.Host.Drop() // reported as HostDown
		}
	case transaction.Forget:
		s.cfg.Host.Forget(e.Question)
	case transaction.DropHost:
		s.cfg.Host.Drop()
	case transaction.ReplaceHostKey:
		s.queue.add(transaction.KeyReplaced{InUse: s.cfg.ReplaceKey()})
	default:
		s.doDevice(ctx, e)
	}
}

func (s *Stepper) doDevice(ctx context.Context, e transaction.Effect) {
	switch e := e.(type) {
	case transaction.TakeCard:
		s.digest, _ = s.cfg.Reader.Take(e.Take)
	case transaction.TellPIN:
		_ = s.cfg.Reader.PINDone(e.PINDone)
	case transaction.TellChoice:
		_ = s.cfg.Reader.Chosen(e.Chosen)
	case transaction.TellCard:
		_ = s.cfg.Reader.Answer(e.Answer)
	case transaction.StopReader:
		_ = s.cfg.Reader.Stop(sred.Stop{Order: e.Order})
	case transaction.Show:
		_ = s.cfg.Reader.Show(sred.Show{Text: e.Reader})
		_ = s.cfg.PINPad.Show(pinentry.Show{Text: e.PINPad})
	default:
		s.doPINPad(ctx, e)
	}
}

func (s *Stepper) doPINPad(ctx context.Context, e transaction.Effect) {
	switch e := e.(type) {
	case transaction.AskPIN:
		_ = s.cfg.PINPad.EnterPIN(e.EnterPIN)
	case transaction.EncipherPIN:
		_ = s.cfg.PINPad.EncipherPIN(e.EncipherPIN)
	case transaction.AskChoice:
		_ = s.cfg.PINPad.Choose(e.Choose)
	case transaction.KeyCard:
		_ = s.cfg.PINPad.KeyCard(e.KeyCard)
	case transaction.AskConfirm:
		_ = s.cfg.PINPad.Confirm(e.Confirm)
	case transaction.ShowBalance:
		_ = s.cfg.PINPad.Show(pinentry.Show{Text: pinentry.TextBalance, Amount: uint64(e.Amount), Currency: uint16(e.Currency), Exponent: e.Currency.Exponent()})
	case transaction.StopPIN:
		_ = s.cfg.PINPad.Stop(pinentry.Stop{Order: e.Order})
	default:
		s.doWork(ctx, e)
	}
}

func (s *Stepper) doWork(ctx context.Context, e transaction.Effect) {
	a, digest := s.cfg.Application, s.digest
	switch e := e.(type) {
	case transaction.SealPAN:
		s.later(ctx, func() transaction.Event { return a.SealPAN(ctx, e, digest) })
	case transaction.Authorise:
		s.later(ctx, func() transaction.Event { return a.Authorise(ctx, e, digest) })
	case transaction.VerifyChain:
		s.later(ctx, func() transaction.Event { return a.VerifyChain(ctx, e, digest) })
	case transaction.AuthoriseKey:
		s.later(ctx, func() transaction.Event { return a.AuthoriseKey(ctx, e) })
	case transaction.CheckAnswer:
		s.later(ctx, func() transaction.Event { return a.CheckAnswer(ctx, e) })
	case transaction.CheckReversal:
		s.later(ctx, func() transaction.Event { return a.CheckReversal(ctx, e) })
	case transaction.BuildNetwork:
		length, head := s.cfg.Journal.Length(), s.cfg.Journal.Head()
		s.later(ctx, func() transaction.Event { return a.BuildNetwork(ctx, e, length, head) })
	case transaction.CheckNetwork:
		s.later(ctx, func() transaction.Event { return a.CheckNetwork(ctx, e) })
	case transaction.BuildAdvice:
		s.later(ctx, func() transaction.Event { return a.BuildAdvice(ctx, e) })
	case transaction.CheckAdvice:
		s.later(ctx, func() transaction.Event { return a.CheckAdvice(ctx, e) })
	case transaction.EndAttempt:
		s.later(ctx, func() transaction.Event { a.End(); return nil })
	default:
		s.doTold(ctx, e)
	}
}

// doTold is the application's work without a card.
func (s *Stepper) doTold(ctx context.Context, e transaction.Effect) {
	a := s.cfg.Application
	switch e := e.(type) {
	case transaction.Follow:
		s.later(ctx, func() transaction.Event { return a.Follow(ctx, e) })
	case transaction.Complete:
		s.later(ctx, func() transaction.Event { return a.Complete(ctx, e) })
	case transaction.CheckFollow:
		s.later(ctx, func() transaction.Event { return a.CheckFollow(ctx, e) })
	case transaction.BuildSettle:
		s.later(ctx, func() transaction.Event { return a.BuildSettle(ctx, e) })
	case transaction.CheckSettle:
		s.later(ctx, func() transaction.Event { return a.CheckSettle(ctx, e) })
	case transaction.BuildItems:
		s.later(ctx, func() transaction.Event { return a.BuildItems(ctx, e) })
	case transaction.CheckItems:
		s.later(ctx, func() transaction.Event { return a.CheckItems(ctx, e) })
	}
}

// later gives the application its next piece of work.
func (s *Stepper) later(ctx context.Context, w func() transaction.Event) {
	select {
	case s.work <- w:
	case <-ctx.Done(): // nobody works any more
	}
}

func (s *Stepper) reply(r transaction.Reply) {
	s.mu.Lock()
	c := s.waiting[r.To]
	s.mu.Unlock()
	if c != nil {
		c <- r // room for one, and one reply for each
	}
}
