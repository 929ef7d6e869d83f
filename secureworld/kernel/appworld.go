//go:build linux

package main

import (
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/attestation"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/licence"
)

// appWorld is what the kernel knows of the programs at the mailbox: who they were
// when they connected, and what boot found since.
type appWorld struct {
	mu       sync.Mutex
	sessions map[uint32]func() // measured ones, by connection: hangs up
	last     attestation.App
}

func newAppWorld() *appWorld { return &appWorld{sessions: map[uint32]func(){}} }

// enter notes a session; hang ends it.
func (a *appWorld) enter(id uint32, app attestation.App, hang func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last = app
	if app.State == attestation.AppMeasured {
		a.sessions[id] = hang
	}
}

func (a *appWorld) leave(id uint32) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.sessions, id)
}

// measured takes what boot found of a session's program and holds it against the
// licence. It tells whether the session was ended.
func (a *appWorld) measured(m handover.Measured, l licence.Licence, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	hang, known := a.sessions[m.ID]
	if !known {
		return false
	}
	a.last = found(m, l, now)
	if a.last.State == attestation.AppMeasured {
		return false
	}
	delete(a.sessions, m.ID)
	hang()
	return true
}

// found is the app world after a measurement. One that ended leaves nobody behind.
func found(m handover.Measured, l licence.Licence, now time.Time) attestation.App {
	switch {
	case m.Verdict == handover.VerdictEnded:
		return attestation.App{}
	case m.Verdict != handover.VerdictUnchanged || l.Measured(m.Digest) != nil:
		return attestation.App{State: attestation.AppChanged, Digest: m.Digest, Time: now}
	}
	return attestation.App{State: attestation.AppMeasured, Digest: m.Digest, Time: now}
}

// state is the app world as it was last seen.
func (a *appWorld) state() attestation.App {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.last
}
