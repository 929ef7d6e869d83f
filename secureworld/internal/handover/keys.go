package handover

import "os"

// KeyLoading takes keys of the acquirer from afar. Its calls come one at a time, in a
// goroutine of their own: they may take long.
type KeyLoading interface {
	// Challenge draws the random number that the next token must answer.
	Challenge() ([16]byte, Outcome)
	// Load takes a delivery of package remoteload.
	Load(delivery []byte) Outcome
}

// LoadKeys names who takes keys. Call it before Serve; without it boot is told that it
// is not supported.
func (l *Link) LoadKeys(k KeyLoading) { l.keys = k }

func (l *Link) challenge() Challenged {
	if l.keys == nil {
		return Challenged{Code: OutcomeNotSupported}
	}
	random, code := l.keys.Challenge()
	return Challenged{code, random}
}

func (l *Link) loadKey(file *os.File) Outcome {
	b, err := readSealed(file, maxDelivery) // closes file
	switch {
	case err != nil:
		return OutcomeUnusable
	case l.keys == nil:
		return OutcomeNotSupported
	}
	return l.keys.Load(b)
}
