package httpapi

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// problem is an RFC 9457 document. Its text is constant: it never quotes the
// input.
type problem struct {
	Type      string       `json:"type"`
	Title     string       `json:"title"`
	Status    int          `json:"status"`
	Detail    string       `json:"detail"`
	Instance  string       `json:"instance"`
	Code      sale.Problem `json:"code"`
	Retry     string       `json:"retry"`
	PaymentID *payment.ID  `json:"payment_id"`
	Money     string       `json:"money"`
	TraceID   string       `json:"trace_id"`
}

// Rules of repeating.
const (
	never        = "never"
	sameKey      = "same_key"
	afterSeconds = "after_seconds"
	newKeyAfter  = "new_key_after"
)

type kind struct {
	status int
	retry  string
	title  string
	detail string
}

// kinds is read-only: the one table of everything that can go wrong here.
var kinds = map[sale.Problem]kind{
	sale.Malformed:             {400, never, "Malformed request", "A field is missing, doubled, unknown or not of its form."},
	sale.MissingKey:            {400, never, "Idempotency-Key is missing", "Send an Idempotency-Key of 1 to 255 printable characters."},
	sale.Unpaired:              {401, never, "Not paired", "Send the bearer token: on loopback that of this start, over TLS that of a paired client. Or open the page by its link."},
	sale.Revoked:               {401, never, "Pairing ended", "This client's pairing was ended at the terminal. Pair it anew."},
	sale.HostNotAllowed:        {403, never, "Host not allowed", "The terminal answers only under its own address."},
	sale.Scope:                 {403, never, "Not permitted", "This client is not paired for this."},
	sale.WrongCode:             {403, never, "Wrong code", "Code or secret is not that of this request. Five wrong tries end it."},
	sale.CrossOrigin:           {403, never, "Cross-origin request refused", "Only the terminal's own page may call from a browser."},
	sale.NeverSeen:             {404, sameKey, "Never seen", "No payment has this key. It may be started with it."},
	sale.NotFound:              {404, never, "Not found", "There is nothing under this address."},
	sale.MethodNotAllowed:      {405, never, "Method not allowed", "This address does not take this method."},
	sale.Busy:                  {409, afterSeconds, "Busy", "Another payment is in progress."},
	sale.InFlight:              {409, afterSeconds, "In flight", "The same key is being worked on right now."},
	sale.WrongState:            {409, never, "Wrong state", "The payment is not in a state that allows this."},
	sale.PairingOff:            {409, never, "No pairing", "The terminal does not listen for tills: it was started without an address for them."},
	sale.PairingBusy:           {409, afterSeconds, "Pairing busy", "Another till is being paired."},
	sale.PairingWaiting:        {409, afterSeconds, "Not confirmed yet", "The merchant has not confirmed the request at the terminal yet."},
	sale.PairingOver:           {409, never, "Request ended", "The request was completed, rejected or ended by wrong tries, or its time is over."},
	sale.TooManyClients:        {409, never, "Too many clients", "No more clients can be paired. End the pairing of one first."},
	sale.TooLarge:              {413, never, "Too large", "The body is larger than any request to this address can be."},
	sale.MediaType:             {415, never, "Unsupported media type", "Send application/json."},
	sale.KeyMismatch:           {422, newKeyAfter, "Key used for another request", "The key belongs to a request with other content."},
	sale.AmountInvalid:         {422, never, "Amount not valid", "Amounts are whole minor units from 1 to the terminal's limit."},
	sale.AmountExceeds:         {422, never, "Amount exceeds what is there", "It is more than is captured, held or permitted."},
	sale.CurrencyNotConfigured: {422, never, "Currency not configured", "This terminal does not take this currency."},
	sale.TypeNotSupported:      {422, never, "Type not supported", "This terminal does not do this kind of payment."},
	sale.WebhookURL:            {422, never, "Address not allowed", "Send an https address, or an http address of this machine, without user and fragment."},
	sale.TooManyWebhooks:       {409, never, "Too many webhooks", "Delete one first."},
	sale.Tampered:              {423, never, "Tampered", "The terminal has found signs of tampering and takes no payments."},
	sale.PairingThrottled:      {429, afterSeconds, "Too many tries", "Pairing was tried too often. Wait."},
	sale.RateLimited:           {429, afterSeconds, "Too many requests", "This client sends more than the terminal takes. Wait."},
	sale.TooManyStreams:        {429, afterSeconds, "Too many streams", "Too many event streams or long-polls are open."},
	sale.Indeterminate:         {500, sameKey, "Indeterminate", "It is not known whether anything began. Ask with the same key."},
	sale.ReaderUnavailable:     {503, afterSeconds, "Reader not available", "The card reader is not connected."},
	sale.PINPadUnavailable:     {503, afterSeconds, "PIN pad not available", "The PIN pad is not connected."},
	sale.HostUnavailable:       {503, afterSeconds, "Acquirer not reachable", "The acquirer cannot be reached. Nothing was sent."},
	sale.OfflineLimit:          {503, afterSeconds, "Offline limit reached", "The acquirer is away, and nothing more may be approved without it."},
	sale.BatchClosing:          {503, afterSeconds, "Batch closing", "The batch is being closed, or must be closed first."},
	sale.SecureWorldDown:       {503, afterSeconds, "Secure world not reachable", "The secure world cannot be asked. No payment began."},
	sale.Booting:               {503, afterSeconds, "Starting", "The secure world is not signed on yet."},
	sale.ReversalMode:          {503, afterSeconds, "Reversing", "An earlier payment is being reversed first."},
	sale.NeedsAttention:        {503, afterSeconds, "Needs attention", "The terminal cannot take payments until somebody has looked at it."},
}

// fail answers with the problem that err is; anything else is a fault of ours,
// after which nothing can be promised.
func (a *api) fail(w http.ResponseWriter, r *http.Request, err error) {
	var known *sale.ProblemError
	p := problem{Code: sale.Indeterminate}
	if errors.As(err, &known) {
		p.Code = known.Problem
		if !known.PaymentID.Zero() {
			p.PaymentID = &known.PaymentID
		}
	} else {
		a.cfg.Log.Error("request failed", "error", err, "trace_id", traceOf(r))
	}
	p.write(w, r)
}

func (p problem) write(w http.ResponseWriter, r *http.Request) {
	k, known := kinds[p.Code]
	if !known {
		panic("httpapi: internal error: a problem without its line in the table")
	}
	p.Type, p.Title, p.Status, p.Detail = "urn:strongroom:problem:"+string(p.Code), k.title, k.status, k.detail
	p.Retry, p.Money, p.TraceID = k.retry, "none", traceOf(r)
	p.Instance = "urn:strongroom:trace:" + p.TraceID
	if p.Code == sale.Indeterminate {
		p.Money = "unknown"
	}
	if k.retry == afterSeconds && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", "1")
	}
	if k.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="terminal"`)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(k.status)
	_ = json.NewEncoder(w).Encode(p) // the client is gone; there is nobody to tell
}
