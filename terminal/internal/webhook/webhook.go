// Package webhook tells other programs' addresses of the terminal's events, signed
// after the Standard Webhooks specification (standardwebhooks.com), 1.0.
//
// Every event of the durable log reaches an address at least once and in order, as
// long as the log still holds it: how far it has been told is in the journal, and a
// restart goes on there. A receiver drops what it has seen by webhook-id. What the
// log no longer holds is told as one message events.gap. Push is never the only way:
// GET /v1/payments answers, and an address that fails for days is ended.
//
// Only the terminal imports it. It must never hold account data; what is sent is what
// events hold, and no secret.
package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// States of an address.
const (
	Active = "active"
	Failed = "failed" // not reached for so long that it is told no more
	Gone   = "gone"   // it answered 410 and is told no more
)

// Errors of an address.
var (
	ErrURL     = errors.New("webhook: not an address that may be told")
	ErrTooMany = errors.New("webhook: there are as many addresses as there may be")
)

// CheckURL holds an address to what may be told: https, or http to this machine.
// No user, password or fragment: they would be written to logs, or go nowhere.
func CheckURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || len(s) > maxURL || u.Host == "" || u.User != nil || u.Fragment != "" || u.Opaque != "" || sale.LooksLikePAN(s) {
		return ErrURL
	}
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return ErrURL
		}
	}
	if u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()) {
		return nil
	}
	return ErrURL
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// Secret is the text of a key: whsec_ and its bytes in base64.
func Secret(key []byte) string { return "whsec_" + base64.StdEncoding.EncodeToString(key) }

// Sign is the value of webhook-signature: over id, time in Unix seconds and body.
func Sign(key []byte, id string, at time.Time, body []byte) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
	h.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// message is what is sent.
type message struct {
	id   string
	body []byte
}

type envelope struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      any       `json:"data"`
}

// paymentMessage is the message of an event. Its id is the same at every try and
// after every restart, and no other's: numbers alone begin anew where a journal is
// lost.
func paymentMessage(e journal.Event) (message, error) {
	var p struct {
		UpdatedAt time.Time `json:"updated_at"`
	}
	if err := json.Unmarshal(e.Body, &p); err != nil {
		return message{}, err
	}
	return compose(envelope{"payment.updated", p.UpdatedAt, struct {
		Event   int64           `json:"event"`
		Payment json.RawMessage `json:"payment"`
	}{e.Number, e.Body}})
}

// gapMessage says that events between two numbers cannot be told any more.
func gapMessage(after, until int64, now time.Time) (message, error) {
	return compose(envelope{"events.gap", now.UTC().Truncate(time.Second), struct {
		After int64 `json:"after"` // the last event that was told
		Until int64 `json:"until"` // the last one that is missing
	}{after, until}})
}

func compose(e envelope) (message, error) {
	body, err := json.Marshal(e)
	sum := sha256.Sum256(body)
	return message{"msg_" + hex.EncodeToString(sum[:16]), body}, err
}
