package workingkey

// Limits of what is kept.
const (
	// Shards work side by side: many more than an element has processors, so two
	// callers seldom meet.
	Shards = 64
	// setSize is how many terminals compete for their places among themselves: a search
	// of a few bytes, with four chances in five to keep a terminal when the table is as
	// full as it is meant to be.
	setSize = 8
	// sets per shard. Terminals in all: 4096, as many as speak at once at a large
	// acquirer's element; 2.4 MB, which a limit of 8 MB of locked memory allows.
	sets = 8
	// placeBits counts Shards times sets.
	placeBits = 9
	// Terminals is the number of paths that are kept.
	Terminals = Shards * sets * setSize
	// steps is the most one-bits that a counter has. ANSI X9.24-3, transaction counter.
	steps = 16
)
