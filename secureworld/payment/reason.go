package payment

// Decline is the category that a cashier may be told.
type Decline uint8

// Values of Decline.
const (
	DeclineNone Decline = iota
	DeclineTryAgain
	DeclineOtherCard
	DeclineWrongPIN
	DeclineInsufficientFunds
	DeclineCallIssuer
	DeclinePickup
	DeclineChipDeclined
	DeclineNotSupported
	DeclineDeclined
	declineEnd
)

// Valid reports whether it is a known value.
func (v Decline) Valid() bool { return v < declineEnd }

// String is the name used in the HTTP interface.
func (v Decline) String() string {
	return pick(v, "", "try_again", "other_card", "wrong_pin", "insufficient_funds", "call_issuer", "pickup", "chip_declined", "not_supported", "declined")
}

// MarshalText writes the name; empty for none.
func (v Decline) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Failure says why a payment ended without the issuer's word, or who canceled it.
type Failure uint8

// Values of Failure.
const (
	FailureNone Failure = iota
	FailureCanceledByMerchant
	FailureCanceledByCustomer
	FailureCardTimeout // no card in time
	FailurePINTimeout
	FailureCardRemoved
	FailureCardError       // the card answered nonsense
	FailureCardNotAccepted // no common application
	FailureReaderUnavailable
	FailurePINPadUnavailable
	FailureHostUnavailable // nothing was sent
	FailureHostTimeout     // sent, no answer
	FailureHostInvalidAnswer
	FailureNoCompletion // approved by the host, no TC from the card
	FailureInterrupted  // a restart in the middle
	FailureEnvelopeRefused
	FailureInternal
	FailureNotPaymentCard // one that the signed whitelist names
	failureEnd
)

// Valid reports whether it is a known value.
func (v Failure) Valid() bool { return v < failureEnd }

// String is the name used in the HTTP interface.
func (v Failure) String() string {
	return pick(v, "", "canceled_by_merchant", "canceled_by_customer", "card_timeout", "pin_timeout", "card_removed", "card_error", "card_not_accepted", "reader_unavailable", "pinpad_unavailable", "host_unavailable", "host_timeout", "host_invalid_answer", "card_did_not_complete", "interrupted", "envelope_refused", "internal", "not_a_payment_card")
}

// MarshalText writes the name; empty for none.
func (v Failure) MarshalText() ([]byte, error) { return []byte(v.String()), nil }
