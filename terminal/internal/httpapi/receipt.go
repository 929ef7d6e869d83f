package httpapi

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/receipt"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

func (a *api) receipt(w http.ResponseWriter, r *http.Request) {
	id, err := payment.ParseID(chi.URLParam(r, "id"))
	if err != nil {
		a.fail(w, r, sale.NotFound.Refuse())
		return
	}
	made, err := a.makeReceipt(r, id)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	switch choice(r, "format", "json") {
	case "json":
		answer(w, http.StatusOK, made)
	case "text":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		// A failure means that the client is gone.
		_, _ = w.Write([]byte(made.Text())) //nolint:gosec // G705: plain text, and nosniff is set
	case "html":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = made.HTML(w) // likewise
	case "escpos":
		a.printed(w, r, made)
	default:
		a.fail(w, r, sale.Malformed.Refuse())
	}
}

func (a *api) makeReceipt(r *http.Request, id payment.ID) (receipt.Receipt, error) {
	c := receipt.Copy(choice(r, "copy", string(receipt.Customer)))
	duplicate := choice(r, "duplicate", "false")
	if c != receipt.Customer && c != receipt.Merchant || duplicate != "true" && duplicate != "false" {
		return receipt.Receipt{}, sale.Malformed.Refuse()
	}
	rec, err := a.cfg.Lane.Payment(id)
	if err != nil {
		return receipt.Receipt{}, err
	}
	if !rec.Finished() {
		return receipt.Receipt{}, &sale.ProblemError{Problem: sale.WrongState, PaymentID: id}
	}
	return receipt.Make(rec, a.original(rec), c, a.cfg.Shop, duplicate == "true", a.cfg.Environment == "demo")
}

// original is the payment that rec continues, nil where the journal has none.
func (a *api) original(rec sale.Record) *sale.Payment {
	if rec.Payment.Of == nil {
		return nil
	}
	of, err := a.cfg.Lane.Payment(*rec.Payment.Of)
	if err != nil {
		return nil
	}
	return &of.Payment
}

// choice reads a word of the query; a doubled one is no word at all.
func choice(r *http.Request, name, fallback string) string {
	values, given := r.URL.Query()[name]
	switch {
	case !given:
		return fallback
	case len(values) != 1:
		return ""
	}
	return values[0]
}
