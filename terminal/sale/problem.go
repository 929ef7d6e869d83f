package sale

import (
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// Problem is the code of an error that a till is told; the HTTP interface adds
// status, title and retry rule.
type Problem string

// Problems. None of them but Indeterminate is used once a payment has begun.
const (
	Malformed             Problem = "malformed"
	MissingKey            Problem = "missing_idempotency_key"
	TooLarge              Problem = "too_large"
	MediaType             Problem = "media_type"
	Unpaired              Problem = "unpaired"
	HostNotAllowed        Problem = "host_not_allowed"
	CrossOrigin           Problem = "cross_origin"
	NeverSeen             Problem = "never_seen"
	NotFound              Problem = "not_found"
	MethodNotAllowed      Problem = "method_not_allowed"
	Busy                  Problem = "busy"
	InFlight              Problem = "in_flight"
	WrongState            Problem = "wrong_state"
	KeyMismatch           Problem = "idempotency_mismatch"
	AmountInvalid         Problem = "amount_invalid"
	CurrencyNotConfigured Problem = "currency_not_configured"
	TypeNotSupported      Problem = "type_not_supported"
	Tampered              Problem = "tampered"
	TooManyStreams        Problem = "too_many_streams"
	Indeterminate         Problem = "indeterminate"
	ReaderUnavailable     Problem = "reader_unavailable"
	PINPadUnavailable     Problem = "pinpad_unavailable"
	HostUnavailable       Problem = "host_unavailable"
	SecureWorldDown       Problem = "secure_world_down"
	Booting               Problem = "booting"
	ReversalMode          Problem = "reversal_mode"
	NeedsAttention        Problem = "needs_attention"
	AmountExceeds         Problem = "amount_exceeds"
	BatchClosing          Problem = "batch_closing"
	OfflineLimit          Problem = "offline_limit"
	Scope                 Problem = "scope"
	WebhookURL            Problem = "webhook_url"
	TooManyWebhooks       Problem = "too_many_webhooks"
	Revoked               Problem = "revoked"
	WrongCode             Problem = "wrong_code"
	PairingOff            Problem = "pairing_off"
	PairingBusy           Problem = "pairing_busy"
	PairingWaiting        Problem = "pairing_waiting"
	PairingOver           Problem = "pairing_over"
	PairingThrottled      Problem = "pairing_throttled"
	TooManyClients        Problem = "too_many_clients"
	RateLimited           Problem = "rate_limited"
)

// ProblemError is a Problem as an error, with the payment that is in the way
// where there is one. It never quotes the input.
type ProblemError struct {
	Problem   Problem
	PaymentID payment.ID
}

func (e *ProblemError) Error() string { return "sale: " + string(e.Problem) }

// Refuse is the error of a problem.
func (p Problem) Refuse() error { return &ProblemError{Problem: p} }

// RefusedStart says what the till is told when the secure world refuses to
// start a payment. After any of them nothing has begun.
func RefusedStart(c mailbox.Code) Problem {
	switch c {
	case mailbox.CodeBusy:
		return Busy
	case mailbox.CodeBooting:
		return Booting
	case mailbox.CodeReversalMode:
		return ReversalMode
	case mailbox.CodeAmount:
		return AmountInvalid
	case mailbox.CodeCurrency:
		return CurrencyNotConfigured
	case mailbox.CodeType:
		return TypeNotSupported
	case mailbox.CodeTimeout:
		return Malformed
	case mailbox.CodeReader:
		return ReaderUnavailable
	case mailbox.CodePINPad:
		return PINPadUnavailable
	case mailbox.CodeHost:
		return HostUnavailable
	case mailbox.CodeKeyExhausted:
		return NeedsAttention
	case mailbox.CodeTampered:
		return Tampered
	case mailbox.CodeBatch:
		return BatchClosing
	case mailbox.CodeState:
		return WrongState
	case mailbox.CodeExceeds:
		return AmountExceeds
	case mailbox.CodeOffline:
		return OfflineLimit
	case mailbox.CodeNeverSeen, mailbox.CodeNotFound:
		return NotFound
	}
	return SecureWorldDown
}
