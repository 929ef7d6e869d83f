package element

// VerifyCVV verifies a card verification value.
type VerifyCVV struct {
	PAN     []byte  `max:"19"` // ASCII digits
	Expiry  [4]byte // ASCII digits, YYMM
	Service [3]byte // ASCII digits; for ValueStripe
	Place   Place
	Value   [3]byte // ASCII digits
}

// Place is where a card verification value stands. The element sets the service
// codes of the places other than the stripe, and refuses a stripe that has one
// of those: else the printed value would do on a forged stripe.
type Place uint8

// The places.
const (
	PlaceStripe Place = 0 // CVV: the stripe's own service code
	PlacePrint  Place = 1 // CVV2: 000
	PlaceChip   Place = 2 // iCVV: 999
)

// Valid checks the range.
func (p Place) Valid() bool { return p <= PlaceChip }

// VerifyCVC3 verifies the dynamic code of a contactless stripe.
type VerifyCVC3 struct {
	PAN   []byte `max:"19"` // ASCII digits
	PSN   uint8  // 5F34, two BCD digits
	Track []byte `max:"19"` // 9F6B as the card was personalised: dynamic digits zero
	UN    [4]byte
	ATC   [2]byte
	Code  [2]byte // 9F61
}
