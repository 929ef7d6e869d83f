//go:build linux && cgo

package main

import (
	"os"
	"syscall"
)

// tunables tell glibc's malloc to overwrite what is freed (perturb), and to keep
// no cache for threads, whose entries it would not overwrite.
const tunables = "glibc.malloc.perturb=165:glibc.malloc.tcache_count=0"

// wipeFreed starts the program once more, as the same process and before anything
// secret is in it, so that what the binding and the library free is overwritten.
// glibc reads its tunables at the start alone.
func wipeFreed() {
	const name = "GLIBC_TUNABLES"
	if os.Getenv(name) == tunables {
		return
	}
	env := append(os.Environ(), name+"="+tunables) // the last one counts for Go, the first for C
	for i, e := range env {
		if len(e) > len(name) && e[:len(name)+1] == name+"=" {
			env[i] = name + "=" + tunables
		}
	}
	// Where this fails, the program is as it would be without.
	_ = syscall.Exec("/proc/self/exe", os.Args, env) //nolint:gosec // itself, with its own arguments
}
