package carrier

import (
	"encoding/binary"
	"time"
)

// Accelerator is how the machine's processor is made.
type Accelerator byte

// Accelerators.
const (
	Emulated Accelerator = 1
	KVM      Accelerator = 2
)

func (a Accelerator) String() string {
	switch a {
	case Emulated:
		return "emulated"
	case KVM:
		return "kvm"
	}
	return "unknown"
}

// Begin is the first thing that the guest is told.
type Begin struct {
	Clock        time.Time
	Accelerator  Accelerator
	Seed         [SeedSize]byte
	Measurements string // sandbox.Measurements
}

const beginSize = 8 + 1 + SeedSize

// Encode is the payload of a begin.
func (b Begin) Encode() []byte {
	p := append(EncodeClock(b.Clock), byte(b.Accelerator))
	return append(append(p, b.Seed[:]...), b.Measurements...)
}

// ParseBegin reads it back.
func ParseBegin(p []byte) (b Begin, err error) {
	if !PostBegin.takes(len(p)) {
		return b, ErrMalformed
	}
	b.Clock, b.Accelerator = ParseClock(p), Accelerator(p[8])
	b.Seed, b.Measurements = [SeedSize]byte(p[9:]), string(p[beginSize:])
	if b.Accelerator != Emulated && b.Accelerator != KVM {
		return b, ErrMalformed
	}
	return b, nil
}

// EncodeClock is the payload of a clock.
func EncodeClock(t time.Time) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(t.UnixNano())) //nolint:gosec // after 1970
}

// ParseClock reads the first 8 bytes.
func ParseClock(p []byte) time.Time {
	return time.Unix(0, int64(binary.BigEndian.Uint64(p))) //nolint:gosec // any time is one
}
