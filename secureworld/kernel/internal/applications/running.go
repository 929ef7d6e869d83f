package applications

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/services"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/tahost"
	"github.com/strongroom-pos/strongroom/secureworld/licensing"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// running is one application.
type running struct {
	Module
	r     *Registry
	space Space // nil without the permission

	own      chan struct{} // one call at a time; guards what follows up to mu
	instance *tahost.Instance
	session  *session
	served   int  // calls of this instance
	ended    bool // removed, or another version took its place

	mu     sync.Mutex
	budget budget
	health health
}

// session is what one instance may use.
type session struct {
	space    Space
	services *services.Session
	prove    func(challenge [32]byte) licensing.Proof // nil: this kernel proves nothing
}

// Services implements services.Caller.
func (s *session) Services() *services.Session { return s.services }

// begin tells of what an application has no permission for by nil.
func (a *running) begin() *session {
	s := &session{space: a.space, prove: a.prover()}
	if owner, ok := services.Application(a.name); ok && a.r.cfg.Services != nil {
		if permitted := permissions(a.grant.Permissions); permitted != 0 {
			s.services = a.r.cfg.Services.Session(owner, func() services.Permissions { return permitted })
			s.services.Limit(int(a.quotas.Keys))
		}
	}
	return s
}

// Why a call brings no answer, beside the application's own tahost.Refusal and what
// ended its instance.
var (
	errBusy    = errors.New("application: its quota, or that of all, is used up for now")
	errStopped = errors.New("application: it waits for its next start, or is disabled")
	errGone    = errors.New("application: removed")
)

// caller says whose quota a call uses.
type caller bool

const (
	appWorld   caller = true
	kernelSelf caller = false
)

// call does one operation.
func (a *running) call(ctx context.Context, who caller, op uint32, request []byte) ([]byte, error) {
	if !enter(ctx, a.own) { // before the turn of all: who waits for this one holds up no other
		return nil, errBusy
	}
	defer leave(a.own)
	if !enter(ctx, a.r.turns) {
		return nil, errBusy
	}
	defer leave(a.r.turns)
	begun := a.r.cfg.Now()
	if err := a.admits(who, begun); err != nil {
		return nil, err
	}
	answer, err := a.run(ctx, op, request)
	a.judge(err, begun, a.r.cfg.Now())
	return answer, err
}

func (a *running) admits(who caller, now time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.ended:
		return errGone
	case a.health.state(now) != mailbox.ApplicationRuns:
		return errStopped
	case who == appWorld && !a.budget.allows(a.quotas, now):
		return errBusy
	}
	return nil
}

// enter waits for a turn.
func enter(ctx context.Context, turns chan struct{}) bool {
	timer := time.NewTimer(turnWait)
	defer timer.Stop()
	select {
	case turns <- struct{}{}:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

func leave(turns chan struct{}) { <-turns }

// run calls the instance, or a fresh one.
func (a *running) run(ctx context.Context, op uint32, request []byte) ([]byte, error) {
	if a.served >= renewAfter {
		a.stop()
	}
	if a.instance == nil {
		s := a.begin()
		instance, err := a.host.Acquire(ctx, s)
		if err != nil {
			s.close()
			return nil, err
		}
		a.instance, a.session, a.served = instance, s, 0
	}
	a.served++
	return a.instance.Call(ctx, op, request)
}

// judge notes how a call ended. The application's own refusal is no failure.
func (a *running) judge(err error, begun, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.budget.used(now.Sub(begun))
	var refused tahost.Refusal
	if err == nil || errors.As(err, &refused) {
		a.health.went(now)
		return
	}
	a.stop()
	a.health.failed(reasonOf(err), now)
	a.r.cfg.Fell(a.name)
}

// stop wipes the instance and ends its session's keys.
func (a *running) stop() {
	if a.instance != nil {
		a.instance.Close()
		a.session.close()
		a.instance, a.session = nil, nil
	}
}

func (s *session) close() {
	if s.services != nil {
		s.services.Close()
	}
}

// end waits for a call under way and ends the application.
func (a *running) end() {
	a.own <- struct{}{}
	defer leave(a.own)
	a.stop()
	a.ended = true
	a.close(context.Background())
}

func (a *running) inspect(now time.Time, memory payment.MemoryProtection) mailbox.Inspected {
	a.mu.Lock()
	defer a.mu.Unlock()
	return mailbox.Inspected{
		Present: true, Name: []byte(a.name), Version: payment.CountOf(a.grant.Version), Digest: a.digest, Permissions: uint8(a.grant.Permissions),
		State: a.health.state(now), Reason: a.health.reason, Failures: a.health.failures,
		Interpreted: a.interpreted, Memory: memory,
	}
}
