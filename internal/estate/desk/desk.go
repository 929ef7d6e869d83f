// Package desk asks an acquirer over its control socket: how its books stand,
// what became of a payment, new cards for its issuer stand-in, faults for tests.
//
// The operator's command and tests import it.
package desk

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	acquirer "github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

// maxAnswer bounds what is read; a report of many payments has some 100 KiB.
const maxAnswer = 16 << 20

// Desk is one acquirer's control socket.
type Desk struct {
	Socket string
}

// Health tells whether the acquirer works.
type Health struct {
	Ready       bool              `json:"ready"`
	Elements    bool              `json:"elements"`
	Connections int64             `json:"connections"`
	Answered    uint64            `json:"answered"`
	Refused     map[string]uint64 `json:"refused"`
	Faults      map[string]uint64 `json:"faults"` // in which it misbehaved on purpose

	Misbehaviour acquirer.Misbehaviour `json:"misbehaviour"`
}

// Ledger is how the books stand.
type Ledger struct {
	Balances     []Balance `json:"balances"`
	TrialBalance int64     `json:"trial_balance"`
	Unbalanced   int       `json:"unbalanced_entries"`
	IssuerDebits int64     `json:"issuer_debits"`
	LedgerHeld   int64     `json:"ledger_held"` // held and not paid
	IssuerHeld   int64     `json:"issuer_held"`
	Broken       []string  `json:"broken"` // rules between the books that do not hold
	Cards        []Account `json:"cards"`
}

// Balance is one account's.
type Balance struct {
	Account  string `json:"account"`
	Currency string `json:"currency"`
	Amount   int64  `json:"amount"`
}

// Account is one card's at the issuer.
type Account struct {
	Last4   string `json:"last4"`
	Balance int64  `json:"balance"`
	Held    int64  `json:"held"`
	Tries   int    `json:"pin_tries_left"`
}

// Balanced tells whether every entry and the whole sum to zero, and every rule between
// the books holds.
func (l Ledger) Balanced() bool {
	return l.TrialBalance == 0 && l.Unbalanced == 0 && len(l.Broken) == 0
}

// Payment is what one payment came to, from each book by itself.
type Payment struct {
	LedgerNet int64    `json:"ledger_net"`
	IssuerNet int64    `json:"issuer_net"`
	Kind      string   `json:"kind"`     // sale, refund, hold, …
	Original  string   `json:"original"` // RRN of the payment that it continues
	Batch     uint32   `json:"batch"`
	Held      int64    `json:"held"` // still
	Captured  int64    `json:"captured"`
	Refunded  int64    `json:"refunded"`
	Scripts   []Script `json:"scripts"` // that went to its card
}

// Script is what the issuer knows of one of its commands.
type Script struct {
	State  string `json:"state"`
	Result string `json:"result"` // 9F5B, hexadecimal; empty until it is known
}

// Transaction is one line of the report.
type Transaction struct {
	TerminalID string `json:"terminal_id"`
	STAN       string `json:"stan"`
	Date       string `json:"date"`
	RRN        string `json:"rrn"`
	Amount     int64  `json:"amount"`
	Currency   string `json:"currency"`
	Response   string `json:"response"`
	State      string `json:"state"` // approved, declined, reversed, refused
	Last4      string `json:"last4"`
	At         string `json:"at"`
	EntryMode  string `json:"entry_mode"` // DE 22
	Fallback   bool   `json:"fallback"`   // the stripe did for the chip
	Reason     string `json:"reason"`     // why the issuer declined, beyond the response
	Payment
}

// Fault spoils the next Count messages of one type; see the acquirer's gateway.
type Fault struct {
	Kind        string `json:"kind"`
	Count       int    `json:"count"`
	MTI         string `json:"mti,omitempty"`
	DelayMillis int    `json:"delay_millis,omitempty"`
}

// Health asks whether it works.
func (d *Desk) Health(ctx context.Context) (h Health, err error) {
	return h, d.get(ctx, "/health", &h)
}

// Ledger asks how the books stand.
func (d *Desk) Ledger(ctx context.Context) (l Ledger, err error) {
	return l, d.get(ctx, "/ledger", &l)
}

// Payment asks what a payment came to.
func (d *Desk) Payment(ctx context.Context, terminalID, rrn string) (p Payment, err error) {
	v := url.Values{"terminal_id": {terminalID}, "rrn": {rrn}}
	return p, d.get(ctx, "/payment?"+v.Encode(), &p)
}

// VoiceApproval is what the issuer says to a call about a payment that he referred.
func (d *Desk) VoiceApproval(ctx context.Context, terminalID, rrn string) (code string, err error) {
	v, a := url.Values{"terminal_id": {terminalID}, "rrn": {rrn}}, struct {
		ApprovalCode string `json:"approval_code"`
	}{}
	err = d.get(ctx, "/voice?"+v.Encode(), &a)
	return a.ApprovalCode, err
}

// Batch is what one batch came to by the acquirer's books.
type Batch struct {
	TerminalID            string `json:"terminal_id"`
	Batch                 uint32 `json:"batch"`
	Closed                bool   `json:"closed"`
	Agreed                bool   `json:"agreed"`
	Net                   int64  `json:"net"`
	Credits               int64  `json:"credits"`
	CreditReversals       int64  `json:"credit_reversals"`
	Debits                int64  `json:"debits"`
	DebitReversals        int64  `json:"debit_reversals"`
	CreditsAmount         int64  `json:"credits_amount"`
	CreditReversalsAmount int64  `json:"credit_reversals_amount"`
	DebitsAmount          int64  `json:"debits_amount"`
	DebitReversalsAmount  int64  `json:"debit_reversals_amount"`
}

// Batches lists them, newest first.
func (d *Desk) Batches(ctx context.Context) (b []Batch, err error) {
	return b, d.get(ctx, "/batches", &b)
}

// Transactions lists the latest payments, newest first.
func (d *Desk) Transactions(ctx context.Context) (t []Transaction, err error) {
	return t, d.get(ctx, "/transactions", &t)
}

// AddCards gives cards to the issuer stand-in.
func (d *Desk) AddCards(ctx context.Context, c acquirer.Cards) error { return d.post(ctx, "/cards", c) }

// Fault sets a fault.
func (d *Desk) Fault(ctx context.Context, f Fault) error { return d.post(ctx, "/fault", f) }

// Misbehave changes how often it answers late, not at all, or twice.
func (d *Desk) Misbehave(ctx context.Context, m acquirer.Misbehaviour) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return d.ask(ctx, http.MethodPut, "/misbehaviour", b, nil)
}

// Settled is what became of a message that a person brought.
type Settled struct {
	TerminalID string `json:"terminal_id"`
	RRN        string `json:"rrn"`
	Kind       string `json:"kind"` // reversal, void, capture or offline
	Amount     int64  `json:"amount"`
	Response   string `json:"response"`
	Settled    bool   `json:"settled"`
	Booked     bool   `json:"booked"`  // capture, offline: it stands in the books
	Refused    string `json:"refused"` // why it is nothing that a terminal leaves to people
}

// SettleReversals brings what was exported: reversals, captures and offline approvals,
// hexadecimal messages.
func (d *Desk) SettleReversals(ctx context.Context, messages []string) (s []Settled, err error) {
	b, err := json.Marshal(map[string][]string{"messages": messages})
	if err != nil {
		return nil, err
	}
	return s, d.ask(ctx, http.MethodPost, "/reversals", b, &s)
}

// Misfiled is a payment that the host is to count in another batch, or in none (0).
type Misfiled struct {
	TerminalID string `json:"terminal_id"`
	RRN        string `json:"rrn"`
	Batch      int    `json:"batch"`
}

// Misfile makes the settlements of both batches differ.
func (d *Desk) Misfile(ctx context.Context, m Misfiled) error { return d.post(ctx, "/misfile", m) }

// Foreclosed is a batch that the host is to close before its terminal does.
type Foreclosed struct {
	TerminalID string `json:"terminal_id"`
	Batch      int    `json:"batch"`
}

// Foreclose has everything refused that still comes for a batch.
func (d *Desk) Foreclose(ctx context.Context, f Foreclosed) error {
	return d.post(ctx, "/foreclose", f)
}

// Attested is the last evidence of a terminal, and what the acquirer made of it.
type Attested struct {
	TerminalID string `json:"terminal_id"`
	At         string `json:"at"`
	Accepted   bool   `json:"accepted"`
	Reason     string `json:"reason"` // why it was refused
	Evidence   []byte `json:"evidence"`
}

// Attestations lists them.
func (d *Desk) Attestations(ctx context.Context) (a []Attested, err error) {
	return a, d.get(ctx, "/attestations", &a)
}

// Appraise changes what it accepts of devices.
func (d *Desk) Appraise(ctx context.Context, p acquirer.Attestation) error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return d.ask(ctx, http.MethodPut, "/attestation", b, nil)
}

// AcceptKernel lets it accept a kernel, by its digest.
func (d *Desk) AcceptKernel(ctx context.Context, digest string) error {
	return d.post(ctx, "/attestation/kernel", map[string]string{"sha256": digest})
}

// Key is one host key of a terminal, as the acquirer has it.
type Key struct {
	TerminalID string `json:"terminal_id"`
	KeyID      string `json:"key_id"`
	State      string `json:"state"` // offered, active or retired
	Counter    uint32 `json:"counter"`
}

// Keys lists them.
func (d *Desk) Keys(ctx context.Context) (k []Key, err error) {
	return k, d.get(ctx, "/keys", &k)
}

// OfferKey has it take messages of a terminal under another host key too, and tells that
// key's id.
func (d *Desk) OfferKey(ctx context.Context, terminalID string) (id [8]byte, err error) {
	b, err := json.Marshal(map[string]string{"terminal_id": terminalID})
	if err != nil {
		return id, err
	}
	var offered struct {
		KeyID string `json:"key_id"`
	}
	if err := d.ask(ctx, http.MethodPost, "/keys", b, &offered); err != nil {
		return id, err
	}
	raw, err := hex.DecodeString(offered.KeyID)
	if err != nil || len(raw) != len(id) {
		return id, errors.New("asking the acquirer: its answer is no key id")
	}
	return [8]byte(raw), nil
}

func (d *Desk) get(ctx context.Context, path string, v any) error {
	return d.ask(ctx, http.MethodGet, path, nil, v)
}

func (d *Desk) post(ctx context.Context, path string, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return d.ask(ctx, http.MethodPost, path, b, nil)
}

func (d *Desk) ask(ctx context.Context, method, path string, body []byte, v any) error {
	r, err := http.NewRequestWithContext(ctx, method, "http://acquirer"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	client := d.client()
	defer client.CloseIdleConnections()
	answer, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("asking the acquirer: %w", err)
	}
	defer answer.Body.Close() //nolint:errcheck // only read
	if answer.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("asking the acquirer: status %d", answer.StatusCode)
	}
	if v == nil {
		return nil
	}
	if json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(v) != nil {
		return errors.New("asking the acquirer: its answer is not its JSON form")
	}
	return nil
}

func (d *Desk) client() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, "unix", d.Socket)
		},
	}}
}
