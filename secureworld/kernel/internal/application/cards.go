package application

import (
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/applications"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/card"
)

// Cards are the other applications, as far as they know cards; package applications
// has them.
type Cards interface {
	// Interested names those that are told of payments.
	Interested() []string
	// Identify keeps what a card is called for each of them.
	Identify(payment.Token, []applications.Identified)
}

// cardNames tells for which applications the card is to be named.
func cardNames(s *session, mem []byte) (int, call.Code) {
	if s.cards == nil {
		return 0, 0
	}
	names := s.cards.Interested()
	if names = names[:min(len(names), call.MaxCardNames)]; cap(mem) < len(names)*call.CardNameSize {
		return 0, call.CodeMalformed
	}
	out := mem[:len(names)*call.CardNameSize]
	clear(out)
	for i, name := range names {
		copy(out[i*call.CardNameSize:], name)
	}
	s.names = names
	return len(out), 0
}

// cardNamed takes what the card is called.
func cardNamed(s *session, mem []byte) (int, call.Code) {
	if len(mem) != len(s.names)*call.CardIdentifierSize {
		return 0, call.CodeMalformed
	}
	for i, name := range s.names {
		s.identified = append(s.identified, applications.Identified{Application: name, Card: card.Identifier(mem[i*call.CardIdentifierSize:])})
	}
	return 0, 0
}
