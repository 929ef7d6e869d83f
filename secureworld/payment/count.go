package payment

// Count counts events, frames or entries. It has at most twelve digits, so it has
// no room for a card number.
type Count uint64

// MaxCount is the largest value: a million a second for eleven days, or one a
// second for thirty thousand years.
const MaxCount Count = 999_999_999_999

// CountOf is n, or MaxCount where that is less.
func CountOf(n uint64) Count { return Count(min(n, uint64(MaxCount))) }

// Valid checks the range.
func (c Count) Valid() bool { return c <= MaxCount }
