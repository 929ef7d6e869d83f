package applications

import (
	"context"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/internal/entitlement"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/tahost"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/card"
)

// Identified is a card under the name of one application.
type Identified struct {
	Application string
	Card        card.Identifier
}

// Interested names the applications that are told of payments.
func (r *Registry) Interested() (names []string) {
	for _, a := range r.all() {
		if a.may(entitlement.CardIdentifier) {
			names = append(names, a.name)
		}
	}
	return names
}

// Identify keeps what the card of the payment under way is called, until that has ended
// and the applications have been told. It returns when that is durable, before the
// payment's request can leave.
func (r *Registry) Identify(token payment.Token, names []Identified) {
	var id payment.ID
	if r.cfg.Busy != nil {
		id = r.cfg.Busy()
	}
	r.notices.identify(id, token, names)
}

// Changed is told of every change of a payment. It never waits.
func (r *Registry) Changed(v mailbox.View) {
	if v.Status == payment.StatusCompleted {
		r.notices.completed(v)
	}
}

// Run tells applications of payments until ctx ends.
func (r *Registry) Run(ctx context.Context) { r.notices.run(ctx, r.cfg.Look) }

// tell calls an application. Its own refusal is its business.
func (r *Registry) tell(ctx context.Context, n notice, to Identified) verdict {
	a := r.find(to.Application)
	if a == nil || !a.may(entitlement.CardIdentifier) {
		return wasTold
	}
	_, err := a.call(ctx, kernelSelf, card.OpPaid, n.paid(to.Card).Append(nil))
	var refused tahost.Refusal
	switch {
	case err == nil, errors.As(err, &refused):
		return wasTold
	case errors.Is(err, errBusy), errors.Is(err, errStopped), errors.Is(err, errGone):
		return callLater
	}
	return callCrashed
}
