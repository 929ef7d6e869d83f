package main

import (
	"context"

	"github.com/strongroom-pos/strongroom/terminal/internal/httpapi"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// tracer makes spans of what happens. Only a program that was built with the tag otel
// has one that does.
type tracer interface {
	request(httpapi.Answered)
	payment(sale.Payment) // a durable change of an open payment
	close(context.Context) error
}

// untraced drops everything.
type untraced struct{}

func (untraced) request(httpapi.Answered)    {}
func (untraced) payment(sale.Payment)        {}
func (untraced) close(context.Context) error { return nil }
