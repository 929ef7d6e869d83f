package httpapi

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/pairing"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// followUpRoutes are those that move the money of another payment, and those that
// move none or give it away. Each begins a payment of its own.
func (a *api) followUpRoutes(r chi.Router) {
	r.Post("/payments/{id}/capture", a.followUp(payment.TypeCapture))
	r.Post("/payments/{id}/increment", a.followUp(payment.TypeIncrement))
	r.Post("/payments/{id}/void", a.followUp(payment.TypeVoid))
	r.Post("/payments/{id}/refunds", a.followUp(payment.TypeRefund))
	r.Post("/refunds", func(w http.ResponseWriter, r *http.Request) { a.begin(w, r, sale.ParseRefund) })
	r.Post("/balance-inquiries", func(w http.ResponseWriter, r *http.Request) { a.begin(w, r, sale.ParseBalance) })
}

// followUp continues a payment that the journal has. Whether it stands so that it
// can be continued, and with how much, the secure world decides.
func (a *api) followUp(t payment.Type) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, err := payment.ParseID(chi.URLParam(r, "id"))
		if err != nil {
			a.fail(w, r, sale.NotFound.Refuse())
			return
		}
		original, err := a.cfg.Lane.Payment(id)
		if err != nil {
			a.fail(w, r, err)
			return
		}
		if t == payment.TypeVoid && original.Client != clientOf(r) && !has(r, pairing.Refund) {
			a.fail(w, r, sale.Scope.Refuse()) // another's money is given back
			return
		}
		a.begin(w, r, func(b []byte) (sale.Request, error) {
			return sale.ParseFollowUp(t, id, original.Payment.Currency, b)
		})
	}
}
