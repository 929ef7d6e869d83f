package spawn

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// A program that changes its user loses the signal for its parent's death
// (prctl(2), PR_SET_PDEATHSIG). Such a one is held: boot's own program becomes the
// first process of the namespaces, starts it and waits. The holder changes nothing
// about itself, so it dies with boot, and what it holds with it, since nothing
// outlives the first process of a pid namespace (pid_namespaces(7)).

// holderName is what a holder is called. The number of its open files, the path of
// the program and the program's own arguments follow, its name first.
const holderName = "strongroom-holder"

// signaled is what a holder adds to the number of the signal that ended its program.
const signaled = 128

// Holding are path and arguments of a process that holds a program with this many
// open files. It needs a pid namespace of its own (Attributes).
func Holding(files int, program string, arguments []string) (path string, all []string) {
	return "/proc/self/exe", append([]string{holderName, strconv.Itoa(files), program}, arguments...)
}

// Held tells whether this process was started to hold another. Nobody is the first
// process of a pid namespace by chance.
func Held() bool { return len(os.Args) > 3 && os.Args[0] == holderName && os.Getpid() == 1 }

// Hold holds, where Held says so, and returns how it ended, as an exit code.
func Hold() int {
	n, err := strconv.Atoi(os.Args[1])
	if err != nil {
		return 1
	}
	files := make([]*os.File, n)
	for fd := range files {
		files[fd] = os.NewFile(uintptr(fd), strconv.Itoa(fd))
	}
	process, err := os.StartProcess(os.Args[2], os.Args[3:], &os.ProcAttr{Dir: "/", Env: os.Environ(), Files: files})
	if err != nil {
		_, _ = os.Stderr.WriteString("hold: " + err.Error() + "\n")
		return 1
	}
	for _, f := range files {
		_ = f.Close() // they are the program's
	}
	state, err := process.Wait()
	if err != nil {
		return 1
	}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return signaled + int(status.Signal())
	}
	return state.ExitCode()
}

// HeldSignaled tells whether a holder's exit code says that a signal ended its
// program.
func HeldSignaled(code int) bool { return code > signaled }

// HeldBy finds the process that a holder holds, 0 where there is none.
func HeldBy(holder int) int {
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0
	}
	for _, path := range all {
		stat, err := os.ReadFile(path) //nolint:gosec // of Linux
		if err != nil {
			continue // it has ended
		}
		// The name in brackets may hold anything; state and parent follow (proc_pid_stat(5)).
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(fields) > 1 && string(fields[1]) == strconv.Itoa(holder) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			return pid
		}
	}
	return 0
}
