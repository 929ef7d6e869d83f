package applications

import (
	"errors"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/tahost"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

// health decides when an application that failed runs again.
type health struct {
	failures uint8 // in a row
	reason   mailbox.ApplicationReason
	until    time.Time // it waits
	last     time.Time
}

// failed notes a failure.
func (h *health) failed(reason mailbox.ApplicationReason, now time.Time) {
	pause := min(firstPause<<h.failures, lastPause)
	h.failures = min(h.failures+1, maxFailures)
	h.reason, h.last, h.until = reason, now, now.Add(pause)
}

// went notes a call that ended well.
func (h *health) went(now time.Time) {
	if h.failures > 0 && h.failures < maxFailures && now.Sub(h.last) >= calm {
		*h = health{}
	}
}

// state tells how it stands.
func (h *health) state(now time.Time) mailbox.ApplicationState {
	switch {
	case h.failures >= maxFailures:
		return mailbox.ApplicationDisabled
	case now.Before(h.until):
		return mailbox.ApplicationWaits
	}
	return mailbox.ApplicationRuns
}

// disable stops it for good.
func (h *health) disable(reason mailbox.ApplicationReason, now time.Time) {
	h.failures, h.reason, h.last = maxFailures, reason, now
}

// reasonOf tells why a call ended an instance.
func reasonOf(err error) mailbox.ApplicationReason {
	if errors.Is(err, tahost.ErrDeadline) {
		return mailbox.ApplicationHung
	}
	return mailbox.ApplicationCrashed
}
