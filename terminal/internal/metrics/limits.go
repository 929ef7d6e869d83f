package metrics

import "time"

// Limits of what is said.
const (
	// prefix is before every name, as Prometheus wants one for an application.
	prefix = "strongroom_"
	// maxSeries is above the routes of the interface with their methods and statuses
	// that occur, and what a monitoring stores without noticing.
	maxSeries = 256
	// maxWord is the longest route with room to spare.
	maxWord = 80
	// maxDigits is what the longest version has; the shortest card number has more.
	maxDigits = 10
	// other stands for every value that is none of ours.
	other = "other"
	// answerLimit is what one answer may take, questions to the secure world included.
	answerLimit = 15 * time.Second
	// headerLimit is what a client may take for its request.
	headerLimit = 5 * time.Second
	// maxHeader is far above what a monitoring sends.
	maxHeader = 8 << 10
)

// paymentBounds run from a tap that is declined at once to the longest wait for a
// card, with the PIN's minute after it.
func paymentBounds() []float64 { return []float64{0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300} }

// hostBounds run from an acquirer next door to the time at which it is given up.
func hostBounds() []float64 { return []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30} }

// commitBounds run from memory that pretends to be a disk to one that is dying.
func commitBounds() []float64 {
	return []float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5}
}
