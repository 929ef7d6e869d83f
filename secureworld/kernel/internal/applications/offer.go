package applications

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/entitlement"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/card"
)

// Identified is a card under the name of one application.
type Identified struct {
	Application string
	Card        card.Identifier
}

// cards are the identifiers of the last cards, by their tokens.
type cards struct {
	mu    sync.Mutex
	known []known
}

type known struct {
	token payment.Token
	names []Identified
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

// Identify keeps what a card is called, until its payment has ended.
func (r *Registry) Identify(token payment.Token, names []Identified) {
	r.cards.mu.Lock()
	defer r.cards.mu.Unlock()
	list := slices.DeleteFunc(r.cards.known, func(k known) bool { return k.token == token })
	if len(list) >= maxCards {
		list = list[1:]
	}
	r.cards.known = append(list, known{token, names})
}

// offer is one payment, for one application.
type offer struct {
	name string
	paid card.Paid
}

// Changed is told of every change of a payment. It never waits.
func (r *Registry) Changed(v mailbox.View) {
	if v.Status != payment.StatusCompleted {
		return
	}
	approved := v.Outcome == payment.OutcomeApproved || v.Outcome == payment.OutcomePartiallyApproved
	for _, i := range r.taken(v.Card.Token) {
		if !approved {
			continue
		}
		paid := card.Paid{Card: i.Card, Payment: v.ID, Amount: v.Approved, Currency: v.Currency, Type: v.Type}
		select {
		case r.offers <- offer{i.Application, paid}:
		default: // as lost as after a restart
		}
	}
}

// taken gives what a card is called, once.
func (r *Registry) taken(token payment.Token) (names []Identified) {
	r.cards.mu.Lock()
	defer r.cards.mu.Unlock()
	r.cards.known = slices.DeleteFunc(r.cards.known, func(k known) bool {
		if k.token == token {
			names = k.names
		}
		return k.token == token
	})
	return names
}

// Run tells applications of payments until ctx ends.
func (r *Registry) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case o := <-r.offers:
			r.tell(ctx, o)
		}
	}
}

// tell calls an application, again where it could not be called at all.
func (r *Registry) tell(ctx context.Context, o offer) {
	for range offerTries {
		a := r.find(o.name)
		if a == nil || !a.may(entitlement.CardIdentifier) {
			return
		}
		_, err := a.call(ctx, kernelSelf, card.OpPaid, o.paid.Append(nil))
		if !errors.Is(err, errBusy) && !errors.Is(err, errStopped) && !errors.Is(err, errGone) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(r.cfg.Pause):
		}
	}
}
