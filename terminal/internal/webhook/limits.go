package webhook

import "time"

// Limits of what is told to whom.
const (
	// MaxWebhooks is a till's back office, its loyalty programme, and as many again.
	MaxWebhooks = 8
	// maxURL is far above what addresses need.
	maxURL = 512
	// keyBytes is within the 24 to 64 of the specification, and its hash's size.
	keyBytes = 32
	// tryLimit is what an address may take for one message.
	tryLimit = 15 * time.Second
	// maxAnswer is how much of an answer is read, and thrown away, so that the
	// connection can be used again.
	maxAnswer = 4 << 10
	// page is how many events are read from the journal at once; how far an address
	// has been told is written once for each, and not for every event.
	page = 20
	// maxTries is how often one message is tried: with the pauses of pause, two days.
	maxTries = 18
)

// pause is how long after so many failures, one at least, the next try comes.
func pause(failures int) time.Duration {
	steps := []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour}
	return steps[min(max(failures, 1), len(steps))-1]
}
