package httpapi

import (
	"net/http"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/receipt"
)

type terminalView struct {
	State            string              `json:"state"`
	Environment      string              `json:"environment"`
	TerminalID       string              `json:"terminal_id"`
	MerchantID       string              `json:"merchant_id"`
	Merchant         receipt.Shop        `json:"merchant"`
	Currency         payment.Currency    `json:"currency"`
	CurrencyExponent uint8               `json:"currency_exponent"`
	MaxAmount        payment.Amount      `json:"max_amount"`
	Batch            uint32              `json:"batch"`
	BusyWith         *payment.ID         `json:"busy_with"`
	ReaderConnected  bool                `json:"reader_connected"`
	PINPadConnected  bool                `json:"pinpad_connected"`
	HostSignedOn     bool                `json:"host_signed_on"`
	HostRefusal      payment.HostRefusal `json:"host_refusal"` // why the acquirer refused the sign-on
	CardPresent      bool                `json:"card_present"`
	Reversals        reversals           `json:"reversals"`
	Capabilities     capabilities        `json:"capabilities"`
	Version          string              `json:"version"`
}

type reversals struct {
	Pending        uint32 `json:"pending"`
	OldestSeconds  uint32 `json:"oldest_seconds"`
	NeedsAttention bool   `json:"needs_attention"`
}

type capabilities struct {
	Types       []string `json:"types"`
	Capture     []string `json:"capture"`
	MaxTimeoutS int      `json:"max_timeout_s"`
	MaxWaitS    int      `json:"max_wait_s"`
}

func (a *api) terminal(w http.ResponseWriter, r *http.Request) {
	d, err := a.cfg.Lane.Describe()
	if err != nil {
		a.fail(w, r, err)
		return
	}
	v := terminalView{State: d.State.String(), Environment: a.cfg.Environment,
		TerminalID: d.TerminalID.String(), MerchantID: d.MerchantID.String(), Merchant: a.cfg.Shop,
		Currency: d.Currency, CurrencyExponent: d.Currency.Exponent(), MaxAmount: d.MaxAmount,
		Batch: uint32(d.Batch), ReaderConnected: d.ReaderConnected, PINPadConnected: d.PINPadConnected,
		HostSignedOn: d.HostSignedOn, HostRefusal: d.HostRefusal, CardPresent: d.CardPresent,
		Reversals:    reversals{d.PendingReversals, d.OldestReversal, d.NeedsAttention},
		Capabilities: capabilities{types(), []string{"auto", "manual"}, mailbox.MaxTimeout, maxWait},
		Version:      a.cfg.Version}
	if !d.Busy.Zero() {
		v.BusyWith = &d.Busy
	}
	answer(w, http.StatusOK, v)
}

// types are all that can be asked for; whether the signed parameters allow each,
// the secure world says when it is.
func types() (names []string) {
	for t := payment.TypeNone + 1; t.Valid(); t++ {
		names = append(names, t.String())
	}
	return names
}
