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
			TypeApplication: Provisioning, TypeLicence: Provisioning, TypeParameters: Provisioning,
			TypeConfig: Starting, TypeLog: Provisioning,
		},
		Starting: {
			TypeHealth: Starting, TypeStop: Starting,
			TypeLog: Starting, TypeHealthy: Starting, TypeDenials: Starting, TypeReady: Serving,
		},
		Serving: {
			TypeConnected: Serving, TypeHostFailed: Serving, TypeHealth: Serving, TypeStop: Serving,
			TypeLog: Serving, TypeHealthy: Serving, TypeDial: Serving,
		},
	}
}

// session holds one end's state.
type session struct {
	mu           sync.Mutex
	state        State
	applications int
	licensed     bool
	parameters   bool
}

// step moves the state or refuses the message.
func (s *session) step(t Type) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, ok := permits()[s.state][t]
	if !ok || t == TypeLicence && s.licensed || t == TypeParameters && s.parameters || t == TypeApplication && s.applications == maxApplications {
		return errPermit
	}
	s.state = next
	s.licensed = s.licensed || t == TypeLicence
	s.parameters = s.parameters || t == TypeParameters
	if t == TypeApplication {
		s.applications++
	}
	return nil
}
