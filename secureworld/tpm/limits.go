//go:build linux

package main

import "github.com/strongroom-pos/strongroom/secureworld/attestation"

const (
	// startSize is one start in the file: the digests of boot and kernel.
	startSize = 64
	// maxFile is what one quote has room for.
	maxFile = attestation.MaxStarts * startSize
)
