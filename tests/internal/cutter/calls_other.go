//go:build linux && !amd64

package cutter

// addOldCalls adds nothing: only amd64 still has a rename of its own.
func addOldCalls(map[uint64]call) {}
