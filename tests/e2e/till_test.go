//go:build linux

package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// patience bounds whatever a healthy lane does by itself: a payment with its
// card, a reversal with some repeats, a restart with its sign-on.
const patience = 60 * time.Second

// emulatedPatience is that of a lane whose kernel may run on an emulated processor:
// starting again, it compiles the payment application for 20 seconds.
const emulatedPatience = 150 * time.Second

// paid is what the terminal tells of a payment, as a till reads it.
type paid struct {
	ID             string   `json:"id"`
	Version        int64    `json:"version"`
	Type           string   `json:"type"`
	Amount         int64    `json:"amount"`
	Tip            int64    `json:"tip"`
	Cashback       int64    `json:"cashback"`
	Held           int64    `json:"held_amount"`
	Captured       int64    `json:"captured_amount"`
	Refunded       int64    `json:"refunded_amount"`
	Offline        bool     `json:"offline"`
	Of             *string  `json:"of"`
	FollowUps      []string `json:"follow_ups"`
	Status         string   `json:"status"`
	Stage          *string  `json:"stage"`
	Outcome        *string  `json:"outcome"`
	Money          string   `json:"money"`
	ApprovedAmount *int64   `json:"approved_amount"`
	Attempt        int      `json:"attempt"`
	Decline        *struct {
		Category     string  `json:"category"`
		ResponseCode *string `json:"response_code"`
	} `json:"decline"`
	Failure *struct {
		Code string `json:"code"`
	} `json:"failure"`
	Card *struct {
		Token     string `json:"token"`
		EntryMode string `json:"entry_mode"`
		Brand     string `json:"brand"`
	} `json:"card"`
	CVM *string `json:"cvm"`
}

func (p paid) done() bool { return p.Outcome != nil }

// field returns one field by the name that scripts use.
func (p paid) field(name string) string {
	switch name {
	case "status":
		return p.Status
	case "stage":
		return text(p.Stage)
	case "outcome":
		return text(p.Outcome)
	case "money":
		return p.Money
	case "attempt":
		return strconv.Itoa(p.Attempt)
	case "failure":
		if p.Failure != nil {
			return p.Failure.Code
		}
	case "decline":
		if p.Decline != nil {
			return p.Decline.Category
		}
	case "response":
		if p.Decline != nil {
			return text(p.Decline.ResponseCode)
		}
	case "entry":
		if p.Card != nil {
			return p.Card.EntryMode
		}
	case "brand":
		if p.Card != nil {
			return p.Card.Brand
		}
	case "cvm":
		return text(p.CVM)
	case "offline":
		return strconv.FormatBool(p.Offline)
	}
	return p.amount(name)
}

// amount returns one amount by the name that scripts use, as they write it.
func (p paid) amount(name string) string {
	switch name {
	case "approved":
		if p.ApprovedAmount != nil {
			return major(*p.ApprovedAmount)
		}
	case "held":
		return major(p.Held)
	case "captured":
		return major(p.Captured)
	case "refunded":
		return major(p.Refunded)
	case "tip":
		return major(p.Tip)
	case "cashback":
		return major(p.Cashback)
	}
	return ""
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// till is a merchant's program in front of the terminal. Address and token are
// read before each request, since each start of the terminal draws new ones.
type till struct {
	addresses string // the file that the terminal publishes
	token     string // the file of the bearer token
	client    *http.Client
}

func newTill(addresses, token string) *till {
	return &till{addresses, token, &http.Client{Timeout: 40 * time.Second}}
}

// refusedError is a problem document.
type refusedError struct {
	status int
	code   string
}

func (e *refusedError) Error() string { return fmt.Sprintf("refused with %d %s", e.status, e.code) }

// codeOf returns the code of a refusal, empty for another error or none.
func codeOf(err error) string {
	var refused *refusedError
	if errors.As(err, &refused) {
		return refused.code
	}
	return ""
}

func (t *till) base() (string, error) {
	var published struct {
		HTTP string `json:"http"`
	}
	b, err := os.ReadFile(t.addresses)
	if err != nil {
		return "", err
	}
	return published.HTTP, json.Unmarshal(b, &published)
}

func (t *till) request(ctx context.Context, method, path string, body []byte) (*http.Request, error) {
	base, err := t.base()
	if err != nil {
		return nil, err
	}
	token, err := os.ReadFile(t.token)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, nil
}

// do reads the answer into out, or returns the problem.
func (t *till) do(r *http.Request, out any) (status int, err error) {
	answer, err := t.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return 0, err
	}
	if answer.StatusCode >= 400 {
		var problem struct {
			Code string `json:"code"`
		}
		if json.Unmarshal(b, &problem) != nil || problem.Code == "" {
			return 0, fmt.Errorf("status %d without a problem document", answer.StatusCode)
		}
		return answer.StatusCode, &refusedError{answer.StatusCode, problem.Code}
	}
	if out == nil {
		return answer.StatusCode, nil
	}
	return answer.StatusCode, json.Unmarshal(b, out)
}

func (t *till) get(ctx context.Context, path string, out any) error {
	r, err := t.request(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	_, err = t.do(r, out)
	return err
}

// pay starts a payment of minor units of euro under a key.
func (t *till) pay(ctx context.Context, key string, amount int64) (paid, error) {
	return t.payWith(ctx, key, fmt.Appendf(nil, `{"amount":%d,"currency":"EUR"}`, amount))
}

func (t *till) payWith(ctx context.Context, key string, body []byte) (p paid, err error) {
	return p, t.post(ctx, "/v1/payments", key, body, &p)
}

// post asks for something about money under a key.
func (t *till) post(ctx context.Context, path, key string, body []byte, out any) error {
	r, err := t.request(ctx, http.MethodPost, path, body)
	if err != nil {
		return err
	}
	r.Header.Set("Idempotency-Key", key)
	_, err = t.do(r, out)
	return err
}

func newKey() string { return "e2e-" + rand.Text() }

func (t *till) payment(ctx context.Context, id string) (p paid, err error) {
	return p, t.get(ctx, "/v1/payments/"+id, &p)
}

func (t *till) byKey(ctx context.Context, key string) (p paid, err error) {
	return p, t.get(ctx, "/v1/payments?idempotency_key="+url.QueryEscape(key), &p)
}

func (t *till) cancel(ctx context.Context, id string) (p paid, err error) {
	r, err := t.request(ctx, http.MethodPost, "/v1/payments/"+id+"/cancel", nil)
	if err != nil {
		return p, err
	}
	_, err = t.do(r, &p)
	return p, err
}

// follow polls a payment until want holds. The terminal may be away meanwhile.
func (t *till) follow(ctx context.Context, id string, want func(paid) bool) (p paid, err error) {
	for {
		p, err = t.payment(ctx, id)
		for err == nil && !want(p) {
			p, err = t.next(ctx, p)
		}
		if err == nil {
			return p, nil
		}
		if waitErr := pause(ctx, 50*time.Millisecond); waitErr != nil {
			return p, errors.Join(waitErr, err)
		}
	}
}

// next waits for another version than p's.
func (t *till) next(ctx context.Context, p paid) (paid, error) {
	if ctx.Err() != nil {
		return p, ctx.Err()
	}
	var q paid
	err := t.get(ctx, fmt.Sprintf("/v1/payments/%s?wait=5&since=%d", p.ID, p.Version), &q)
	if err != nil {
		q = p
	}
	return q, err
}

// laneState is GET /v1/terminal.
type laneState struct {
	State           string  `json:"state"`
	TerminalID      string  `json:"terminal_id"`
	BusyWith        *string `json:"busy_with"`
	ReaderConnected bool    `json:"reader_connected"`
	PINPadConnected bool    `json:"pinpad_connected"`
	HostSignedOn    bool    `json:"host_signed_on"`
	CardPresent     bool    `json:"card_present"`
	Reversals       struct {
		Pending        int  `json:"pending"`
		NeedsAttention bool `json:"needs_attention"`
	} `json:"reversals"`
}

// quiet reports whether a payment may begin, nothing of an earlier one is open,
// and the reader has seen that the slot is empty.
func (s laneState) quiet() bool {
	return s.State == "ready" && s.BusyWith == nil && s.Reversals.Pending == 0 &&
		s.ReaderConnected && s.PINPadConnected && s.HostSignedOn && !s.CardPresent
}

func (t *till) lane(ctx context.Context) (s laneState, err error) {
	return s, t.get(ctx, "/v1/terminal", &s)
}

// settle waits until the lane is quiet.
func (t *till) settle(ctx context.Context) error {
	for {
		s, err := t.lane(ctx)
		if err == nil && s.quiet() {
			return nil
		}
		if waitErr := pause(ctx, 20*time.Millisecond); waitErr != nil {
			return errors.Join(fmt.Errorf("the lane does not become quiet: %+v", s), err, waitErr)
		}
	}
}

// told waits until nothing has still to reach the host.
func (t *till) told(ctx context.Context) error {
	var queue struct {
		Pending int `json:"pending"`
	}
	for {
		if err := t.get(ctx, "/v1/queue", &queue); err == nil && queue.Pending == 0 {
			return nil
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return errors.Join(fmt.Errorf("%d wait for the host", queue.Pending), err)
		}
	}
}

// receipt is the merchant's copy, as far as tests read it.
type receipt struct {
	Result         string `json:"result"`
	ApprovedAmount int64  `json:"approved_amount"`
	RRN            string `json:"rrn"`
	STAN           string `json:"stan"`
	Verification   string `json:"verification"`
	Card           *struct {
		Label string `json:"label"`
		AID   string `json:"aid"`
	} `json:"card"`
	Chip *struct {
		Kind string `json:"kind"`
		TVR  string `json:"tvr"`
		TSI  string `json:"tsi"`
	} `json:"chip"`
}

// field returns one field by the name that scripts use.
func (r receipt) field(name string) string {
	switch {
	case name == "result":
		return r.Result
	case name == "verification":
		return r.Verification
	case name == "label" && r.Card != nil:
		return r.Card.Label
	case name == "aid" && r.Card != nil:
		return r.Card.AID
	case name == "cryptogram" && r.Chip != nil:
		return r.Chip.Kind
	case name == "tvr" && r.Chip != nil:
		return r.Chip.TVR
	case name == "tsi" && r.Chip != nil:
		return r.Chip.TSI
	}
	return ""
}

func (r receipt) certified() bool { return r.Chip != nil && r.Chip.Kind == "TC" }

func (t *till) receipt(ctx context.Context, id string) (r receipt, err error) {
	return r, t.get(ctx, "/v1/payments/"+id+"/receipt?copy=merchant", &r)
}

// security returns the counters of GET /v1/terminal/security.
func (t *till) counters(ctx context.Context) (map[string]uint64, error) {
	var s struct {
		Counters map[string]uint64 `json:"counters"`
	}
	return s.Counters, t.get(ctx, "/v1/terminal/security", &s)
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// major writes 1234 as "12.34".
func major(n int64) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }

// minor reads "12.34" as 1234.
func minor(s string) (int64, error) {
	whole, cents, found := strings.Cut(s, ".")
	if !found || len(cents) != 2 {
		return 0, errors.New("an amount has two decimals")
	}
	return strconv.ParseInt(whole+cents, 10, 64)
}
