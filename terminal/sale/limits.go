package sale

// Limits of what a till may say.
const (
	// MaxBody holds every field at its longest several times over; a request to
	// pay has no list and no free text but the reference.
	MaxBody = 4096
	// MaxKey is the length that tills expect of an Idempotency-Key.
	MaxKey = 255
	// MaxReference fits an order number with a table or a customer's word; it is
	// stored and shown, so it must stay small.
	MaxReference = 64
	// DefaultTimeoutSeconds is how long a card is waited for where the till does
	// not say.
	DefaultTimeoutSeconds = 60
)
