package control

import "errors"

// Phase of a connection.
type Phase int

// Phases.
const (
	Idle Phase = iota
	Staging
)

var errPermit = errors.New("control: message not permitted in this state")

// permits is the table of the package comment; the value is the next phase.
func permits() map[Phase]map[Type]Phase {
	return map[Phase]map[Type]Phase{
		Idle: {
			TypeStatus: Idle, TypeHistory: Idle, TypeApplications: Idle,
			TypeActivate: Idle, TypeRemove: Idle, TypeTamper: Idle, TypeChallenge: Idle, TypeLoadKey: Idle, TypeBegin: Staging,
		},
		Staging: {TypeFile: Staging, TypeCommit: Idle, TypeAbort: Idle},
	}
}

// next is the phase after a request, or a refusal.
func (p Phase) next(t Type) (Phase, error) {
	n, ok := permits()[p][t]
	if !ok {
		return p, errPermit
	}
	return n, nil
}
