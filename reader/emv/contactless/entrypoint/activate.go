package entrypoint

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
)

// begin is the reader between transactions and at the start of one (Book A,
// 8.1.1.5 and 8.1.1.6).
func (s *Session) begin(in Input) {
	if in.Kind == InputStart {
		s.activate(s.cfg.start())
		return
	}
	if s.cfg.Autorun {
		s.do(Action{Kind: ActionFieldOn}, presentCard())
	} else {
		s.do(Action{Kind: ActionFieldOff}, show(contactless.MessageWelcome, contactless.UIIdle))
	}
	s.do(Action{Kind: ActionAwaitStart})
}

func (c Config) start() contactless.StartPoint {
	if c.Autorun {
		return contactless.StartB
	}
	return contactless.StartA
}

func presentCard() Action {
	return show(contactless.MessagePresentCard, contactless.UIReadyToRead)
}

// activate is the reader's activation of Entry Point. A restart shows what the
// last outcome wanted to be shown then (Book B, 3.2.1.2).
func (s *Session) activate(at contactless.StartPoint) {
	s.start, s.again = at, false
	if s.restart && s.outcome.OnRestart != nil {
		s.do(Action{Kind: ActionShow, UI: *s.outcome.OnRestart})
	} else {
		s.do(presentCard())
	}
	switch at {
	case contactless.StartA:
		s.preprocess()
	case contactless.StartC:
		s.selectBest()
	case contactless.StartD:
		s.activateKernel()
	default:
		s.awaitCard()
	}
}

// preprocess goes on with the combinations that are allowed (3.1.1.13).
func (s *Session) preprocess() {
	if preprocess(s.combinations, s.order) {
		s.awaitCard()
		return
	}
	s.dropKernel()
	s.process(contactless.Outcome{
		Result:    contactless.TryAnotherInterface,
		OnOutcome: &contactless.UI{Message: contactless.MessageInsertOrSwipe, Status: contactless.UIProcessingError},
		CVM:       contactless.CVMNotApplicable,
	})
}

// awaitCard is protocol activation, Start B (3.2.1).
func (s *Session) awaitCard() {
	if s.starts++; s.starts > maxStarts {
		s.endApplication()
		return
	}
	if !s.restart {
		if s.start == contactless.StartB {
			presetAll(s.combinations)
		}
		s.candidates = nil
	}
	s.collision, s.state = false, (*Session).polled
	s.do(Action{Kind: ActionFieldOn}, Action{Kind: ActionAwaitCard})
}

// polled asks for one card only while there are more (3.2.1.4, 3.2.1.5).
func (s *Session) polled(in Input) {
	collision := in.Kind == InputCollision
	switch {
	case in.Kind == InputCard:
		s.selectCombination()
		return
	case collision && !s.collision:
		s.do(show(contactless.MessageOneCardOnly, contactless.UIProcessingError))
	case !collision && s.collision:
		s.do(show(contactless.MessageOneCardOnly, contactless.UIReadyToRead))
	}
	s.collision = collision
	s.do(Action{Kind: ActionAwaitCard})
}

// keepHost copies the host's answer.
func (s *Session) keepHost(h *emv.HostAnswer) {
	s.host = nil
	if h != nil {
		c := *h
		c.IssuerAuthentication, c.Scripts = bytes.Clone(h.IssuerAuthentication), bytes.Clone(h.Scripts)
		s.host = &c
	}
}

// hasEMVData: the host sent something for the card.
func hasEMVData(h *emv.HostAnswer) bool {
	return h != nil && len(h.IssuerAuthentication)+len(h.Scripts) > 0
}
