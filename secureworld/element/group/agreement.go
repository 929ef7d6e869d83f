package group

import (
	"crypto/rand"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive"
)

// phase is how far an agreement has come; each request has one in which it is due.
type phase int

const (
	committed phase = iota
	contributed
	confirmed
)

// agreement is one under way.
type agreement struct {
	phase      phase
	transcript *door.Transcript
	hash       [32]byte
	self       int
	holders    []identity.Holder

	share       sensitive.Bytes // this member's contribution
	commitments []byte          // of all, once they are fixed
	secrets     *secrets        // once the others' contributions are there
	mine        [door.ConfirmationSize]byte
}

func (a *agreement) wipe() {
	a.share.Wipe()
	if a.secrets != nil {
		a.secrets.wipe()
	}
}

// due returns the agreement under way if it is in that phase. Under mu.
func (m *Member) due(p phase) (*agreement, error) {
	if m.agreement == nil || m.agreement.phase != p {
		return nil, refusal(door.CodeState)
	}
	return m.agreement, nil
}

// step runs one step of the agreement under way, which is over if the step fails.
func step[A any](m *Member, p phase, act func(*agreement) (*A, error)) (*A, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, err := m.due(p)
	if err != nil {
		return nil, err
	}
	result, err := act(a)
	if err != nil {
		m.forget()
	}
	return result, err
}

// propose begins an agreement and commits to a fresh contribution.
func (m *Member) propose(r *door.Propose) (*door.Commitment, error) {
	t, err := door.ParseTranscript(r.Transcript)
	if err != nil {
		return nil, refusal(door.CodeMalformed)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget()
	self, holders, err := m.examine(t)
	if err != nil {
		return nil, err
	}
	share := make([]byte, shareSize)
	_, _ = rand.Read(share) // never fails (crypto/rand)
	a := &agreement{
		transcript: t, hash: door.HashTranscript(r.Transcript), self: self, holders: holders,
		share: sensitive.New(share),
	}
	m.agreement = a
	return &door.Commitment{Commitment: m.commit(a, share)}, nil
}

// fix checks that every member signed its commitment to this transcript, and seals the
// contribution to each.
func (m *Member) fix(r *door.Fix) (*door.Contribution, error) {
	return step(m, committed, func(a *agreement) (*door.Contribution, error) {
		if err := a.checkCommitments(r.Commitments); err != nil {
			return nil, err
		}
		a.commitments, a.phase = r.Commitments, contributed
		sealed, err := a.contribute()
		return &door.Contribution{Sealed: sealed}, err
	})
}

// deliver opens the others' contributions, derives the secrets and confirms them.
func (m *Member) deliver(r *door.Deliver) (*door.Confirmation, error) {
	return step(m, contributed, func(a *agreement) (*door.Confirmation, error) {
		if err := m.gather(a, r.Sealed); err != nil {
			return nil, err
		}
		a.phase = confirmed
		a.mine = m.confirm(a)
		return &door.Confirmation{Confirmation: a.mine}, nil
	})
}

// activate checks every confirmation and begins the epoch.
func (m *Member) activate(r *door.Activate) (*door.Active, error) {
	return step(m, confirmed, func(a *agreement) (*door.Active, error) {
		if err := a.checkConfirmations(r.Confirmations); err != nil {
			return nil, err
		}
		m.last = a.transcript.Epoch
		m.epochs.begin(a.secrets.epoch(a))
		a.secrets = nil // they are the epoch's now
		m.forget()
		return &door.Active{}, nil
	})
}
