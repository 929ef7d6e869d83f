//go:build linux

package cutter

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE

	// inSystemCall is how PTRACE_O_TRACESYSGOOD marks a system-call stop.
	inSystemCall = unix.SIGTRAP | 0x80

	maxPath = 4096 // PATH_MAX of Linux
)

// tracer follows all threads of one process. All its methods must be called from
// one thread of the machine, the one that attached.
type tracer struct {
	names   names
	calls   map[uint64]call
	threads map[int]*thread
	unready map[int]bool // seized, not stopped yet
	counts  map[string]int
	bell    int                    // a child whose end means: let go
	reached func(Point) (cut bool) // decides at each point
	armed   func()
}

type thread struct {
	at   *Point // the call that it is in, if that makes points
	held bool   // it stands where the cut was made
}

// ending is how tracing ended.
type ending string

const (
	endedByBell ending = "released"
	endedByCut  ending = "killed"
	endedItself ending = "gone"
)

// attach seizes every thread. A thread that starts another while this runs hands
// its tracer on, so going over the list until nothing new appears finds all.
func (t *tracer) attach() error {
	for found := true; found; {
		found = false
		tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/[0-9]*", t.names.process.PID))
		if err != nil || len(tasks) == 0 {
			return fmt.Errorf("tracing %s: no such process", t.names.process.Name)
		}
		for _, task := range tasks {
			tid, _ := strconv.Atoi(filepath.Base(task))
			if t.threads[tid] != nil {
				continue
			}
			if err := t.seize(tid); err != nil {
				return err
			}
			found = true
		}
	}
	return nil
}

func (t *tracer) seize(tid int) error {
	err := ptrace(unix.PTRACE_SEIZE, tid, 0, options)
	switch {
	case errors.Is(err, unix.ESRCH):
		return nil // it has ended
	case errors.Is(err, unix.EPERM) && tracedByUs(tid):
		t.threads[tid] = &thread{} // handed on by the thread that started it
		return nil
	case err != nil:
		return fmt.Errorf("tracing %s: %w", t.names.process.Name, err)
	}
	t.threads[tid] = &thread{}
	t.unready[tid] = true
	return t.interrupt(tid)
}

func tracedByUs(tid int) bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", tid))
	return err == nil && strings.Contains(string(status), fmt.Sprintf("\nTracerPid:\t%d\n", os.Getpid()))
}

func (t *tracer) interrupt(tid int) error {
	err := ptrace(unix.PTRACE_INTERRUPT, tid, 0, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	return err
}

// run follows the process until the bell rings, it is killed, or it ends.
func (t *tracer) run() (ending, error) {
	for {
		tid, status, err := t.wait()
		if err != nil {
			return "", err
		}
		switch {
		case tid == t.bell:
			return endedByBell, t.letGo()
		case status.Exited() || status.Signaled():
			if t.ended(tid) {
				return endedItself, nil
			}
		case status.Stopped():
			if t.stopped(tid, status) {
				return endedByCut, t.kill()
			}
		}
	}
}

// ended forgets a thread; the first thread is told of last.
func (t *tracer) ended(tid int) (all bool) {
	delete(t.threads, tid)
	t.ready(tid)
	return tid == t.names.process.PID
}

// ready tells once every thread is followed.
func (t *tracer) ready(tid int) {
	if !t.unready[tid] {
		return
	}
	delete(t.unready, tid)
	if len(t.unready) == 0 {
		t.armed()
	}
}

// stopped handles one stop and lets the thread go on, unless the process is to be
// killed here.
func (t *tracer) stopped(tid int, status unix.WaitStatus) (cut bool) {
	if t.threads[tid] == nil {
		t.threads[tid] = &thread{} // started by another
	}
	if status.StopSignal() == inSystemCall {
		if t.inCall(tid, t.threads[tid]) {
			t.threads[tid].held = true
			return true
		}
		t.resume(unix.PTRACE_SYSCALL, tid, 0)
		return false
	}
	t.ready(tid)
	request, signal := goOn(status)
	t.resume(request, tid, signal)
	return false
}

// goOn tells how a thread leaves a stop that is no system call: it gets the
// signal that it was to get, and where it was stopped as a whole it stays so.
func goOn(status unix.WaitStatus) (request int, signal unix.Signal) {
	event := int(uint32(status) >> 16)
	switch signal = status.StopSignal(); {
	case event == unix.PTRACE_EVENT_STOP && signal != unix.SIGTRAP:
		return unix.PTRACE_LISTEN, 0
	case event != 0:
		return unix.PTRACE_SYSCALL, 0
	}
	return unix.PTRACE_SYSCALL, signal
}

// resume may find that the thread was killed meanwhile, which its end will tell.
func (t *tracer) resume(request, tid int, signal unix.Signal) {
	_ = ptrace(request, tid, 0, uintptr(signal))
}

// inCall counts at the entry and reports at both ends.
func (t *tracer) inCall(tid int, th *thread) (cut bool) {
	info, err := callOf(tid)
	if err != nil {
		return false // it was killed meanwhile
	}
	switch info.op {
	case unix.PTRACE_SYSCALL_INFO_ENTRY:
		if th.at = t.point(tid, info); th.at != nil {
			return t.reached(*th.at)
		}
	case unix.PTRACE_SYSCALL_INFO_EXIT:
		if p := th.at; p != nil {
			th.at = nil
			p.Side = After
			return t.reached(*p)
		}
	}
	return false
}

// point returns the point before the call, nil if the call makes none.
func (t *tracer) point(tid int, e callInfo) *Point {
	c, ok := t.calls[e.number]
	if !ok {
		return nil
	}
	p := &Point{Process: t.names.process.Name, Kind: c.kind, Call: c.name, Side: Before}
	if c.path == byDescriptor {
		var isSocket bool
		if p.Target, isSocket = t.names.descriptor(int(int32(e.args[0]))); isSocket != (c.kind == Send) {
			return nil
		}
	} else {
		p.Target = fileName(readString(tid, uintptr(e.args[c.path])))
	}
	key := string(p.Kind) + "\x00" + p.Target
	t.counts[key]++
	p.N = t.counts[key]
	return p
}

// readString reads a path from the memory of a stopped thread.
func readString(tid int, address uintptr) string {
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", tid))
	if err != nil {
		return "unreadable"
	}
	defer mem.Close()
	b := make([]byte, maxPath)
	n, _ := mem.ReadAt(b, int64(address)) // short where the mapping ends
	for i, c := range b[:n] {
		if c == 0 {
			return string(b[:i])
		}
	}
	return "unreadable"
}

// kill ends the victim while the thread that reached the point still stands
// there, and waits until all of it is gone.
func (t *tracer) kill() error {
	if other := t.names.process.Victim; other != 0 {
		return t.killOther(other)
	}
	if err := unix.Kill(t.names.process.PID, unix.SIGKILL); err != nil {
		return fmt.Errorf("killing %s: %w", t.names.process.Name, err)
	}
	for {
		tid, status, err := t.wait()
		if err != nil {
			return err
		}
		if tid == t.names.process.PID && (status.Exited() || status.Signaled()) {
			return nil
		}
	}
}

// killOther waits until the victim is gone and lets the traced process go, if it
// has not died with it.
func (t *tracer) killOther(pid int) error {
	victim, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return fmt.Errorf("killing the other process: %w", err)
	}
	defer unix.Close(victim)
	if err := unix.PidfdSendSignal(victim, unix.SIGKILL, nil, 0); err != nil {
		return fmt.Errorf("killing the other process: %w", err)
	}
	if _, err := unix.Poll([]unix.PollFd{{Fd: int32(victim), Events: unix.POLLIN}}, -1); err != nil && !errors.Is(err, unix.EINTR) {
		return fmt.Errorf("killing the other process: %w", err)
	}
	for tid := range t.threads {
		if t.threads[tid].held {
			t.resume(unix.PTRACE_SYSCALL, tid, 0)
		}
	}
	return t.letGo()
}

// wait returns the next change of any thread.
func (t *tracer) wait() (int, unix.WaitStatus, error) {
	for {
		var status unix.WaitStatus
		tid, err := unix.Wait4(-1, &status, unix.WALL, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return 0, 0, fmt.Errorf("tracing %s: %w", t.names.process.Name, err)
		}
		return tid, status, nil
	}
}

// letGo stops every thread once more and leaves it to itself.
func (t *tracer) letGo() error {
	for tid := range t.threads {
		if err := t.interrupt(tid); err != nil {
			return err
		}
	}
	for len(t.threads) > 0 {
		tid, status, err := t.wait()
		if err != nil {
			return err
		}
		delete(t.threads, tid)
		t.detach(tid, status)
	}
	return nil
}

func (t *tracer) detach(tid int, status unix.WaitStatus) {
	if !status.Stopped() {
		return
	}
	if uint32(status)>>16 == unix.PTRACE_EVENT_CLONE {
		if another, err := startedBy(tid); err == nil {
			t.threads[another] = &thread{} // its first stop comes by itself
		}
	}
	var signal unix.Signal
	if status.StopSignal() != inSystemCall {
		_, signal = goOn(status)
	}
	t.resume(unix.PTRACE_DETACH, tid, signal)
}
