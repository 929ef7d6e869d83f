package sandbox

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Offsets in struct seccomp_data (linux/seccomp.h).
const (
	offsetNumber = 0
	offsetArch   = 4
	offsetArg0   = 16
)

// Codes of classic BPF (linux/bpf_common.h).
const (
	load       = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
	ifEqual    = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
	ifAtLeast  = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
	ifAnyBit   = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
	answer     = unix.BPF_RET | unix.BPF_K
	x32CallBit = 0x40000000
)

// filterCalls sets the filter on all threads; from here on there is no way back.
func filterCalls(cfg Config, r *Report) error {
	forbidden, how := uint32(unix.SECCOMP_RET_ERRNO|uint32(unix.EPERM)), "forbidden calls are refused"
	if cfg.KillOnForbidden {
		forbidden, how = unix.SECCOMP_RET_KILL_PROCESS, "forbidden calls kill"
	}
	program := filter(forbidden)
	fprog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	stray, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&fprog)))
	if errno != 0 {
		return errno
	}
	if stray != 0 {
		return fmt.Errorf("one thread has another filter")
	}
	r.set(Seccomp, true, how)
	return nil
}

// filter allows the listed calls, threads but no processes, and memory that is
// not executable. Another architecture's calls kill always.
func filter(forbidden uint32) []unix.SockFilter {
	kill := unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_KILL_PROCESS}
	f := []unix.SockFilter{
		{Code: load, K: offsetArch}, {Code: ifEqual, Jt: 1, K: auditArch}, kill,
		{Code: load, K: offsetNumber}, {Code: ifAtLeast, Jf: 1, K: x32CallBit}, kill,
	}
	for _, call := range allowed() {
		f = append(f, unix.SockFilter{Code: ifEqual, Jf: 1, K: call}, unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_ALLOW})
	}
	for _, call := range refused() {
		f = append(f, unix.SockFilter{Code: ifEqual, Jf: 1, K: call}, unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)})
	}
	f = append(f, withBits(unix.SYS_CLONE, 0, unix.CLONE_THREAD, true, forbidden)...)
	f = append(f, withBits(unix.SYS_MMAP, 2, unix.PROT_EXEC, false, forbidden)...)
	f = append(f, withBits(unix.SYS_MPROTECT, 2, unix.PROT_EXEC, false, forbidden)...)
	return append(f, unix.SockFilter{Code: answer, K: forbidden})
}

// withBits allows one call when the bits of an argument are set, or are not.
func withBits(call, argument, bits uint32, set bool, forbidden uint32) []unix.SockFilter {
	whenSet, whenNot := uint8(1), uint8(0) // 0: allow, 1: forbid
	if set {
		whenSet, whenNot = 0, 1
	}
	return []unix.SockFilter{
		{Code: ifEqual, Jf: 4, K: call}, {Code: load, K: offsetArg0 + 8*argument},
		{Code: ifAnyBit, Jt: whenSet, Jf: whenNot, K: bits},
		{Code: answer, K: unix.SECCOMP_RET_ALLOW}, {Code: answer, K: forbidden},
	}
}
