package storage

// Quota bounds what one space may hold; zero fields mean nothing fits. The caller
// takes it from a signed statement, at each start anew: it is not stored.
type Quota struct {
	Objects int // at most MaxObjects
	Bytes   int // sizes of all objects, and objectCost for each
}

// Memory hands out secret memory; package secretmem has it.
type Memory interface {
	Room(n int) ([]byte, error)
	Release(room []byte) error
}

// Anchor is a counter that is held outside the store and never goes down. It
// tells an older copy of the whole store from the newest.
type Anchor interface {
	// Read is the highest number that was raised to; 0 at the very first start.
	Read() (uint64, error)
	// Raise returns when n is durable.
	Raise(n uint64) error
}
