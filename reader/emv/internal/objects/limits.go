package objects

const (
	// maxElements bounds a store's index; honest cards send about 80 objects.
	maxElements = 256

	// maxRun is the longest run of digits that a printable name from the card
	// may have: a label must not carry a PAN to a receipt.
	maxRun = 6

	// maxTagBytes is what a tlv.Tag can hold.
	maxTagBytes = 4
)
