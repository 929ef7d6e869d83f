//go:build race

package wire

// raw calls would hide from the race detector that what was written before a frame was
// sent happened before it is read.
const raw = false
