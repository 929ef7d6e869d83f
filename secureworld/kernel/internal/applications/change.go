package applications

import (
	"context"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

// Install runs an application that boot verified, in the place of one of the same
// name. The predecessor serves until the new one has started, and goes on if it does
// not. It implements handover.Applications.
func (r *Registry) Install(given handover.ProvidedApplication) handover.Outcome {
	before := r.find(given.Name)
	if refused := r.admits(given, before); refused != handover.OutcomeDone {
		return refused
	}
	ctx, cancel := context.WithTimeout(context.Background(), startDeadline)
	defer cancel()
	m := ready(ctx, given, r.cfg.Arenas, true, nil)
	switch {
	case errors.Is(m.err, errMemory):
		return handover.OutcomeDenied
	case m.err != nil:
		return handover.OutcomeNotStarted
	}
	a, reason := r.adopt(m)
	if reason != mailbox.ApplicationFine {
		m.close(ctx)
		return handover.OutcomeNotStarted
	}
	r.mu.Lock()
	r.running[m.name] = a
	r.mu.Unlock()
	if before != nil {
		before.end()
	}
	return handover.OutcomeDone
}

func (r *Registry) admits(given handover.ProvidedApplication, before *running) handover.Outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case given.Name == string(r.cfg.Payment.Name), before != nil && before.grant.Image:
		return handover.OutcomeFixed
	case !given.Grant.Valid() || given.Grant.Image:
		return handover.OutcomeDenied
	case before == nil && len(r.running) >= maxApplications:
		return handover.OutcomeFull
	}
	return handover.OutcomeDone
}

// Remove ends an application and gives up what it stored, unless its manifest says
// that this is kept. It implements handover.Applications.
func (r *Registry) Remove(name string) handover.Outcome {
	a := r.find(name)
	switch {
	case name == string(r.cfg.Payment.Name), a != nil && a.grant.Image:
		return handover.OutcomeFixed
	case a == nil:
		return handover.OutcomeUnknown
	}
	r.mu.Lock()
	delete(r.running, name)
	r.mu.Unlock()
	a.end()
	r.notices.forget(name)
	if r.cfg.Services != nil {
		r.cfg.Services.Forget(name)
	}
	if r.cfg.Spaces != nil && !a.grant.KeepData {
		if r.cfg.Spaces.Erase(name) != nil {
			return handover.OutcomeUnusable
		}
	}
	return handover.OutcomeDone
}
