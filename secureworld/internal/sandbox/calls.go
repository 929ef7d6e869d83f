package sandbox

import "golang.org/x/sys/unix"

// allowed are the system calls of a running kernel; clone, mmap and mprotect
// come on top, with conditions.
func allowed() []uint32 {
	return append(runtimeCalls(), append(socketCalls(), fileCalls()...)...)
}

// runtimeCalls is what a Go program with collector and goroutines needs
// (measured). sched_getaffinity is asked again while running, and a refusal
// would cut the program down to one processor.
func runtimeCalls() []uint32 {
	return []uint32{
		unix.SYS_READ, unix.SYS_WRITE, unix.SYS_CLOSE, unix.SYS_MUNMAP, unix.SYS_MADVISE, unix.SYS_FUTEX,
		unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_CLOCK_GETTIME, unix.SYS_SIGALTSTACK,
		unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_TGKILL, unix.SYS_GETPID,
		unix.SYS_GETTID, unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT, unix.SYS_EVENTFD2,
		unix.SYS_EXIT, unix.SYS_EXIT_GROUP, unix.SYS_SCHED_YIELD, unix.SYS_GETRANDOM, unix.SYS_RESTART_SYSCALL,
		unix.SYS_RECVMSG, unix.SYS_SENDMSG, unix.SYS_FCNTL, unix.SYS_MINCORE, unix.SYS_PREAD64,
		unix.SYS_SCHED_GETAFFINITY,
	}
}

// socketCalls work on sockets that boot hands over; none makes one.
func socketCalls() []uint32 {
	return []uint32{
		unix.SYS_GETSOCKNAME, unix.SYS_GETPEERNAME, unix.SYS_SETSOCKOPT, unix.SYS_GETSOCKOPT, unix.SYS_SHUTDOWN,
		unix.SYS_SENDTO, unix.SYS_RECVFROM, unix.SYS_WRITEV,
	}
}

// fileCalls work on the storage, which is all files that there are.
func fileCalls() []uint32 {
	return []uint32{
		unix.SYS_OPENAT, unix.SYS_NEWFSTATAT, unix.SYS_FSTAT, unix.SYS_GETDENTS64, unix.SYS_LSEEK, unix.SYS_PWRITE64,
		unix.SYS_FTRUNCATE, unix.SYS_FSYNC, unix.SYS_FDATASYNC, unix.SYS_RENAMEAT, unix.SYS_UNLINKAT,
		unix.SYS_MKDIRAT, unix.SYS_READLINKAT,
	}
}

// refused are calls that Go's standard library tries and does without; they
// answer EPERM even where forbidden calls kill.
func refused() []uint32 {
	return []uint32{
		unix.SYS_COPY_FILE_RANGE, unix.SYS_SENDFILE, unix.SYS_SPLICE, unix.SYS_UNAME, unix.SYS_STATX, unix.SYS_PRCTL,
		unix.SYS_PRLIMIT64, unix.SYS_GETCWD, unix.SYS_GETUID, unix.SYS_GETEUID, unix.SYS_GETGID, unix.SYS_GETEGID,
		unix.SYS_GETPPID, unix.SYS_FACCESSAT, unix.SYS_FACCESSAT2, unix.SYS_RENAMEAT2,
	}
}
