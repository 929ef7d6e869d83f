//go:build linux

package ring

import "time"

const (
	// capacity of each direction: the longest frame of the mailbox (8 KiB and its
	// head) and the next one, so that an orderly peer never waits for room. A power
	// of two, so that a number modulo 2^32 and modulo capacity agree.
	capacity = 16 << 10
	// Size of the memory file.
	Size = answerBytes + capacity
	// look is how long a waiting end looks before it sleeps: more than a command that
	// only asks takes, far less than one that writes to the disk.
	look = 20 * time.Microsecond
	// maxSkipped is how many waits begin with sleep after looking was in vain.
	maxSkipped = 63
	// maxFalseBells is how often an end lets itself be woken in vain while it waits
	// for the next byte. An orderly peer's bell can come late, once for each wait.
	maxFalseBells = 64
	// patience between two attempts to wake a waiter of this process.
	patience = 20 * time.Microsecond
)

// Places, as the package comment draws them.
const (
	questionWriter = 0x0080
	questionReader = 0x0100
	answerWriter   = 0x0180
	answerReader   = 0x0200
	questionBytes  = 0x1000
	answerBytes    = questionBytes + capacity
)
