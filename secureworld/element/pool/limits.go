package pool

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

const (
	// maxBatch: some 64 questions have four fifths of the rate that 256 have, at a third
	// of the delay.
	maxBatch = 64
	// maxTogether is that for who has a batch already and waits for all of it: twice as
	// many take a fifth less processor time each, and four times as many no less.
	maxTogether = 128
	// maxFrames keeps what is under way within the window of counters that a member has.
	maxFrames = 16
	// framesToSlow is how many frames a slow group has under way: one that its members work
	// on and one that they find when they are done. maxSlowFrames bounds all of them within
	// the same window, should all go to one group.
	framesToSlow  = 2
	maxSlowFrames = 128
	// maxRuns is how many applets are asked at once: all could be in one frame, and a run
	// takes up to some tenths of a second.
	maxRuns = 4
	// hedgeAfter times of what a group usually takes is when another is asked too, and not
	// before soonestHedge, which is less than a person notices and more than a scheduler
	// takes. One question in hedgeShare may be hedged.
	hedgeAfter   = 4
	soonestHedge = 20 * time.Millisecond
	hedgeShare   = 20
	// coolFor is how long a group that failed is asked only if no other is left.
	coolFor = time.Second
	// firstPause and longestPause are between attempts when every group has failed.
	firstPause   = 2 * time.Millisecond
	longestPause = 100 * time.Millisecond
	// maxFindings bounds what is remembered of MCUs and members.
	maxFindings = 64
	// maxIdle bounds the connections kept to one socket.
	maxIdle = maxFrames
)

func (c *Config) defaults() {
	if c.Frames <= 0 {
		c.Frames = 8
	}
	c.Frames = min(c.Frames, maxFrames)
	if c.Patience <= 0 {
		c.Patience = element.CallDeadline
	}
	if c.GiveUp <= 0 {
		c.GiveUp = door.CallDeadline
	}
}
