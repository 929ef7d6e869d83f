//go:build !cgo || !linux

package main

import "errors"

// slot is what a build without PC/SC has.
type slot struct{}

func newSlot(string) line { return slot{} }

func (slot) transmit([]byte) ([]byte, error) {
	return nil, errors.New("built without PC/SC; build on linux with CGO_ENABLED=1 and libpcsclite-dev")
}

func (slot) close() {}
