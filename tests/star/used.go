package main

import (
	"sync/atomic"
	"syscall"
	"time"
)

// lateness is how much longer cards took than they should: what a machine without a
// core to spare makes of a delay.
type lateness struct{ due, over atomic.Int64 } // nanoseconds

func (l *lateness) note(due, took time.Duration) {
	l.due.Add(due.Nanoseconds())
	l.over.Add((took - due).Nanoseconds())
}

// usage is what was used of the machine from a moment on.
type usage struct {
	late      *lateness
	at        time.Time
	processor time.Duration
	due, over int64
}

// use begins to look; late may be nil.
func use(late *lateness) usage {
	u := usage{late: late, at: time.Now(), processor: processor()}
	if late != nil {
		u.due, u.over = late.due.Load(), late.over.Load()
	}
	return u
}

// end is what was used since: cores, how many were busy with this process on average; late, the share by which
// cards took longer than they should.
func (u usage) end() (cores, late float64) {
	cores = (processor() - u.processor).Seconds() / time.Since(u.at).Seconds()
	if u.late != nil {
		if due := u.late.due.Load() - u.due; due > 0 {
			late = float64(u.late.over.Load()-u.over) / float64(due)
		}
	}
	return cores, late
}

// processor is the time that this process had of all cores.
func processor() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
