package overseer

import "time"

const (
	breakAfter   = 3                      // failures in a row
	breakFirst   = 250 * time.Millisecond // of the first break; doubled with each that follows
	breakLongest = 8 * time.Second
)

// breaker leaves an element alone that does not answer, and lets one question through
// now and then to see whether it does again. Closed, it lets all through; open, none;
// half open, one.
type breaker struct {
	failures int
	wait     time.Duration // 0: closed
	until    time.Time
	probing  bool
}

// allow tells whether the element may be asked now; where it is half open, the asker
// must report.
func (b *breaker) allow(now time.Time) bool {
	if b.wait == 0 {
		return true
	}
	if b.probing || now.Before(b.until) {
		return false
	}
	b.probing = true
	return true
}

// succeeded closes it.
func (b *breaker) succeeded() { *b = breaker{} }

// failed opens it after some failures, and at once where it was half open.
func (b *breaker) failed(now time.Time) {
	b.failures++
	switch {
	case b.wait == 0 && b.failures < breakAfter:
		return
	case b.wait == 0:
		b.wait = breakFirst
	case b.probing:
		b.wait = min(2*b.wait, breakLongest)
	default:
		return // was asked before it opened
	}
	b.probing, b.until = false, now.Add(b.wait)
}

// open tells whether the element is left alone, for pictures.
func (b *breaker) open() bool { return b.wait != 0 }
