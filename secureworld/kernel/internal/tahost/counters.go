package tahost

import (
	"sync/atomic"
	"time"
)

type counters struct {
	made, acquired, calls, failed, hostPanics, stderrBytes atomic.Uint64
}

// Counts are what the kernel may tell about an application.
type Counts struct {
	Made, Acquired, Calls, Failed uint64
	// HostPanics counts host functions that panicked: faults of the kernel.
	HostPanics uint64
	// StderrBytes counts what the application wrote and nobody read.
	StderrBytes uint64
}

// Counts since New.
func (h *Host) Counts() Counts {
	c := &h.counters
	return Counts{
		Made: c.made.Load(), Acquired: c.acquired.Load(), Calls: c.calls.Load(), Failed: c.failed.Load(),
		HostPanics: c.hostPanics.Load(), StderrBytes: c.stderrBytes.Load(),
	}
}

// startDeadline is longer than a call's: the first touch of secret pages costs.
func (h *Host) startDeadline() time.Duration { return max(h.cfg.CallDeadline, 5*time.Second) }
