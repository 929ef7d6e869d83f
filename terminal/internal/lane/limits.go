package lane

import "time"

// Limits of the link to the secure world.
const (
	// eventWait keeps one Events call below mailbox.MaxWait, and short enough
	// that a payment whose Start may still arrive is asked for again soon.
	eventWait = time.Second
	// shortestPause and longestPause bound the back-off between connections: a
	// restart of the secure world is noticed at once, also where it took some
	// seconds, and an absent one costs one call and one line a second.
	shortestPause = 50 * time.Millisecond
	longestPause  = time.Second
	// flightWait is how long a request waits for another one under the same key
	// before it is told to come again; a Start answers in milliseconds.
	flightWait = 5 * time.Second
	// maxSettled bounds what is remembered of payments that are final.
	maxSettled = 4096
	// reviewed is how many payments are asked for again when events may have been
	// missed, whatever their money: more than are continued while a secure world starts.
	reviewed = 50
	// reviewPage is how many of those that wait for the last word on their money are
	// read at once; all of them are asked for.
	reviewPage = 50
	// maxDifferences is how many differences of a batch are told. One that has more
	// is not cleared up item by item.
	maxDifferences = 1000
	// describedFor is how long a description is good for every asker, so that
	// many askers cost the secure world one question.
	describedFor = 250 * time.Millisecond
)
