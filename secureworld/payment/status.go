package payment

// Status is where a payment stands.
type Status uint8

// Values of Status.
const (
	StatusNone Status = iota
	StatusCreated
	StatusAwaitingCard
	StatusReadingCard
	StatusAwaitingPIN
	StatusAuthorizing
	StatusFinalizingCard
	StatusCancelRequested
	StatusResolving // a reversal runs
	StatusCompleted
	statusEnd
)

// Valid reports whether it is a known value.
func (v Status) Valid() bool { return v < statusEnd }

// String is the name used in the HTTP interface.
func (v Status) String() string {
	return pick(v, "", "created", "awaiting_card", "reading_card", "awaiting_pin", "authorizing", "finalizing_card", "cancel_requested", "resolving", "completed")
}

// MarshalText writes the name; empty for none.
func (v Status) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Outcome is how a payment ended; once set it never changes.
type Outcome uint8

// Values of Outcome.
const (
	OutcomeNone Outcome = iota
	OutcomeApproved
	OutcomePartiallyApproved
	OutcomeDeclined
	OutcomeCanceled
	OutcomeFailed
	OutcomeNotCharged
	outcomeEnd
)

// Valid reports whether it is a known value.
func (v Outcome) Valid() bool { return v < outcomeEnd }

// String is the name used in the HTTP interface.
func (v Outcome) String() string {
	return pick(v, "", "approved", "partially_approved", "declined", "canceled", "failed", "not_charged")
}

// MarshalText writes the name; empty for none.
func (v Outcome) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Money is the one word for the cashier.
type Money uint8

// Values of Money.
const (
	MoneyNone    Money = iota
	MoneyUnknown       // the request may have left and nothing is known
	MoneyHeld
	MoneyCaptured
	MoneyReleased
	MoneyRefunded
	moneyEnd
)

// Valid reports whether it is a known value.
func (v Money) Valid() bool { return v < moneyEnd }

// String is the name used in the HTTP interface.
func (v Money) String() string {
	return pick(v, "none", "unknown", "held", "captured", "released", "refunded")
}

// MarshalText writes the name; empty for none.
func (v Money) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Stage is the prompt that fits the moment.
type Stage uint8

// Values of Stage.
const (
	StageNone Stage = iota
	StagePresentCard
	StageCardInserted
	StageReadErrorUseChip
	StageChooseApp
	StageEnterPIN
	StagePINEntered
	StageWrongPIN
	StageContactingBank
	StageRemoveCard
	StageApproved
	StageDeclined
	StageReversing
	StageCardTapped
	StageCardSwiped
	StageUseStripe
	StageInsertOrSwipe
	StageTapAgain
	StageSeePhone
	StageOneCardOnly
	StageReadAgain
	StageKeyCard
	StageConfirmRefund // a person, at the PIN pad
	stageEnd
)

// Valid reports whether it is a known value.
func (v Stage) Valid() bool { return v < stageEnd }

// String is the name used in the HTTP interface.
func (v Stage) String() string {
	return pick(v, "", "present_card", "card_inserted", "read_error_use_chip", "choose_app", "enter_pin", "pin_entered", "wrong_pin_try_again", "contacting_bank", "remove_card", "approved", "declined", "reversing",
		"card_tapped", "card_swiped", "use_stripe", "insert_or_swipe", "tap_again", "see_phone", "one_card_only", "read_again", "key_card", "confirm_refund")
}

// MarshalText writes the name; empty for none.
func (v Stage) MarshalText() ([]byte, error) { return []byte(v.String()), nil }
