package main

import (
	"sync/atomic"
	"time"
)

var worldNumber atomic.Uint64

// counts are what a page tells.
type counts struct {
	worlds, lives, events, steps, messages, crashes, starts, checks uint64
	simulated                                                       time.Duration
	faults                                                          [faultKinds]uint64
}

func (c *counts) add(o counts) {
	c.worlds += o.worlds
	c.lives += o.lives
	c.events += o.events
	c.steps += o.steps
	c.messages += o.messages
	c.crashes += o.crashes
	c.starts += o.starts
	c.checks += o.checks
	c.simulated += o.simulated
	for i := range c.faults {
		c.faults[i] += o.faults[i]
	}
}
