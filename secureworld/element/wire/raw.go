//go:build !race

package wire

// raw calls are those that the runtime does not see.
const raw = true
