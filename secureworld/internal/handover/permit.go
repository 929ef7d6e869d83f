package handover

import (
	"errors"
	"sync"
)

// State of a session.
type State int

// States.
const (
	Confining State = iota
	Provisioning
	Starting
	Serving
)

var errPermit = errors.New("handover: message not permitted in this state")

// permits is the table of the package comment; the value is the next state.
func permits() map[State]map[Type]State {
	return map[State]map[Type]State{
		Confining: {TypeConfine: Provisioning, TypeLog: Confining},
		Provisioning: {
			TypeApplication: Provisioning, TypeRemove: Provisioning, TypeLicence: Provisioning, TypeParameters: Provisioning,
			TypeDevicePart: Provisioning, TypeStorage: Provisioning, TypeGuard: Provisioning, TypeTamper: Provisioning, TypeCompiled: Provisioning,
			TypeConfig: Starting, TypeLog: Provisioning,
		},
		Starting: {
			TypeTamper: Starting, TypeHealth: Starting, TypeStop: Starting, TypeAnchored: Starting, TypeAnchor: Starting,
			TypeLog: Starting, TypeHealthy: Starting, TypeDenials: Starting, TypeKeep: Starting, TypeReady: Serving,
		},
		Serving: {
			TypeTamper: Serving, TypeConnected: Serving, TypeHostFailed: Serving, TypeHealth: Serving, TypeStop: Serving,
			TypeApplication: Serving, TypeRemove: Serving, TypeLicence: Serving, TypeLicensed: Serving, TypeAnchored: Serving, TypeAnchor: Serving,
			TypeLog: Serving, TypeHealthy: Serving, TypeDial: Serving, TypeApplied: Serving,
			TypeChallenge: Serving, TypeKeyToken: Serving, TypeChallenged: Serving, TypeKeyLoaded: Serving,
			TypeMeasured: Serving, TypeClosed: Serving, TypeRing: Serving,
			TypeQuote: Serving, TypeQuoted: Serving,
		},
	}
}

// session holds one end's state.
type session struct {
	mu           sync.Mutex
	state        State
	applications int
	removed      int
	licensed     bool
	parameters   bool
	parts        int
	guards       int
	storage      bool
	compiled     bool
	kept         bool // starting: machine code was given, or may not be any more
	tampered     bool
	quoting      bool // serving: a quote was asked for and is not there yet
	changing     Type // serving: a change that is not answered yet
}

// step moves the state or refuses the message.
func (s *session) step(t Type) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, ok := permits()[s.state][t]
	if !ok || s.once(t) || t == TypeKeep && s.kept || s.changes(t) || s.quotes(t) {
		return errPermit
	}
	s.licensed = s.licensed || t == TypeLicence
	s.parameters = s.parameters || t == TypeParameters
	s.storage = s.storage || t == TypeStorage
	s.compiled = s.compiled || t == TypeCompiled
	s.kept = s.kept || t == TypeKeep || t == TypeAnchor
	s.tampered = s.tampered || t == TypeTamper
	switch {
	case t == TypeDevicePart:
		s.parts++
	case t == TypeGuard:
		s.guards++
	case t == TypeQuote || t == TypeQuoted:
		s.quoting = t == TypeQuote
	case s.state == Serving:
		s.change(t)
	case t == TypeApplication:
		s.applications++
	case t == TypeRemove:
		s.removed++
	}
	s.state = next
	return nil
}

// once tells that a message of the provisions came often enough.
func (s *session) once(t Type) bool {
	return s.state == Provisioning && t == TypeLicence && s.licensed || t == TypeParameters && s.parameters || t == TypeStorage && s.storage || t == TypeTamper && s.tampered || t == TypeCompiled && s.compiled ||
		t == TypeDevicePart && s.parts == maxParts || t == TypeGuard && s.guards == maxGuards ||
		s.state == Provisioning && (t == TypeApplication && s.applications == maxApplications || t == TypeRemove && s.removed == maxRemoved)
}

// quotes tells that a question for a quote, or its answer, is out of turn.
func (s *session) quotes(t Type) bool {
	return t == TypeQuote && s.quoting || t == TypeQuoted && !s.quoting
}

// changes tells that a change, or its answer, is out of turn.
func (s *session) changes(t Type) bool {
	if s.state != Serving {
		return false
	}
	switch t {
	case TypeApplied, TypeLicensed, TypeChallenged, TypeKeyLoaded:
		return s.changing == 0 || answerTo(s.changing) != t
	}
	return answerTo(t) != 0 && s.changing != 0
}

// change notes one that begins, or has ended.
func (s *session) change(t Type) {
	switch {
	case answerTo(t) != 0:
		s.changing = t
	case s.changing != 0 && t == answerTo(s.changing):
		s.changing = 0
	}
}

// answerTo is the answer to a change while the kernel serves; 0 for what is none.
func answerTo(t Type) Type {
	switch t {
	case TypeApplication, TypeRemove:
		return TypeApplied
	case TypeLicence:
		return TypeLicensed
	case TypeChallenge:
		return TypeChallenged
	case TypeKeyToken:
		return TypeKeyLoaded
	}
	return 0
}
