package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// clock reads the processor time that was spent up to now.
type clock func() (time.Duration, error)

// own is that of this process, all threads.
func own() (time.Duration, error) {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0, err
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// together adds the clocks of other processes to that of this one.
func together(pids ...int) clock {
	return func() (time.Duration, error) {
		sum, err := own()
		for _, pid := range pids {
			spent, errOf := processTime(pid)
			if err == nil {
				err = errOf
			}
			sum += spent
		}
		return sum, err
	}
}

// processTime reads fields 14 and 15 of proc_pid_stat(5), in ticks of 10 ms.
func processTime(pid int) (time.Duration, error) {
	const tick = 10 * time.Millisecond
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(b), ") ") // the name may hold anything else
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat has another form", pid)
	}
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err1 != nil || err2 != nil {
		return 0, fmt.Errorf("/proc/%d/stat has another form", pid)
	}
	return time.Duration(user+system) * tick, nil
}

// rate is how many operations a second of processor time does: the best of three
// rounds, each of which lasts until the clock moved by length. batch does some
// operations and says how many.
func rate(c clock, length time.Duration, batch func() (int, error)) (best float64, err error) {
	if _, err := batch(); err != nil { // nothing is warm before
		return 0, err
	}
	for range 3 {
		begun, err := c()
		if err != nil {
			return 0, err
		}
		var spent time.Duration
		done := 0
		for spent < length {
			n, err := batch()
			if err != nil {
				return 0, err
			}
			done += n
			now, err := c()
			if err != nil {
				return 0, err
			}
			spent = now - begun
		}
		best = max(best, float64(done)/spent.Seconds())
	}
	return best, nil
}
