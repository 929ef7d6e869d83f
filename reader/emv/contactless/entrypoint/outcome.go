package entrypoint

import (
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
)

// activateKernel starts the kernel of the selected combination, Start D (Book B,
// 3.4). A kernel that is not there, or refuses, loses its combination.
func (s *Session) activateKernel() {
	if len(s.candidates) == 0 {
		s.endApplication()
		return
	}
	c, a := s.candidates[0].combination, &s.activation
	a.Order, a.Start, a.Restart, a.Again, a.Host = s.order, s.start, s.restart, s.again, s.host
	a.Indicators, a.TTQ, a.HasTTQ = c.indicators, c.ttq, len(c.set.TTQ) > 0
	kernel, ok := s.newKernel()
	if !ok {
		s.selectNext()
		return
	}
	s.dropKernel()
	s.kernel, s.state = kernel, (*Session).started
	s.do(Action{Kind: ActionKernel, Activation: a})
}

func (s *Session) newKernel() (contactless.Kernel, bool) {
	build := s.kernels(s.activation.KernelID)
	if build == nil {
		return nil, false
	}
	k, err := build(s.activation)
	return k, err == nil && k != nil
}

func (s *Session) started(Input) { s.follow(s.kernel.Next(emv.Start())) }

// follow does what the kernel wants next.
func (s *Session) follow(step contactless.Step) {
	switch {
	case step.Outcome != nil:
		s.process(*step.Outcome)
	case len(step.Command) > 0:
		s.send(step.Command, (*Session).answered)
	default:
		s.endApplication()
	}
}

func (s *Session) answered(in Input) {
	if in.Kind == InputCardGone {
		s.follow(s.kernel.Next(emv.CardGone()))
		return
	}
	answer := emv.Response(in.Response)
	answer.Took = in.Took
	s.follow(s.kernel.Next(answer))
}

// process is outcome processing (3.5.1).
func (s *Session) process(o contactless.Outcome) {
	s.outcome = o
	if o.OnOutcome != nil {
		s.do(Action{Kind: ActionShow, UI: *o.OnOutcome})
	}
	if o.FieldOff {
		s.do(Action{Kind: ActionFieldOff, HoldTenths: o.FieldHold})
	}
	switch o.Result {
	case contactless.TryAgain:
		s.tryAgain()
	case contactless.SelectNext:
		s.selectNext()
	default:
		s.finish(o)
	}
}

// tryAgain goes back to Start B within the same activation.
func (s *Session) tryAgain() {
	s.again = true
	if s.outcome.OnRestart != nil {
		s.do(Action{Kind: ActionShow, UI: *s.outcome.OnRestart})
	}
	s.awaitCard()
}

func (s *Session) finish(o contactless.Outcome) {
	s.outcome, s.state = o, (*Session).finished
	s.do(Action{Kind: ActionFinish, Outcome: &s.outcome})
}

// endApplication is Entry Point's own end (3.3.2.7).
func (s *Session) endApplication() {
	s.dropKernel()
	s.process(contactless.Outcome{
		Result:    contactless.EndApplication,
		OnOutcome: &contactless.UI{Message: contactless.MessageInsertSwipeOrOther, Status: contactless.UIReadyToRead},
		CVM:       contactless.CVMNotApplicable,
	})
}

// finished is the reader after a final outcome (Book A, 8.1.1.9 and following).
func (s *Session) finished(in Input) {
	switch {
	case in.Kind == InputRemovalDue:
		s.do(show(contactless.MessageCardReadOK, contactless.UICardReadOK), Action{Kind: ActionAwaitRestart})
	case in.Kind == InputRestart && s.restarts(in.Host):
		s.keepHost(in.Host)
		s.restart = true
		s.activate(s.outcome.Start)
	default:
		s.do(Action{Kind: ActionFieldOff}, Action{Kind: ActionEnd})
	}
}

// restarts: the outcome names a start point and has the data that it asked for.
func (s *Session) restarts(h *emv.HostAnswer) bool {
	return s.outcome.Start != contactless.StartNone &&
		(s.outcome.Online != contactless.OnlineEMVData || hasEMVData(h))
}
