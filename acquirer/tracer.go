package main

import (
	"context"
	"time"
)

// tracer makes spans of messages. Only a program that was built with the tag otel has
// one that does.
type tracer interface {
	handled(mti string, taken bool, took time.Duration)
	close(context.Context) error
}

// untraced drops everything.
type untraced struct{}

func (untraced) handled(string, bool, time.Duration) {}
func (untraced) close(context.Context) error         { return nil }
