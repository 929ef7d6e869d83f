package host

import "time"

const (
	// slowScenario is how long a slow card's issuer takes: long enough for a
	// cashier to notice, shorter than hostspec.AnswerDeadline.
	slowScenario = 3 * time.Second
	// maxTerminals and maxCards bound the files.
	maxTerminals = 10_000
	maxCards     = 10_000
	// maxChecksumTrack is what a track 2 has room for behind the shortest PAN.
	maxChecksumTrack = 17
	// maxReport is how many payments a report lists.
	maxReport = 500
)
