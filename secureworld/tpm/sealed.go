//go:build linux

package main

import (
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/secureworld/internal/tpmpipe"
)

// sealed is a secret as only the TPM that sealed it opens it. Boot keeps it:
//
//	"SRT1" 3 × ( length(2) bytes ), big endian
//
// the name of the storage primary key, which tells another TPM from damage, and the
// two halves of the sealed object (TPM2B_PUBLIC without its size, TPM2B_PRIVATE
// likewise), which the TPM itself holds against its integrity.
type sealed struct{ parent, public, private []byte }

const sealedMagic = "SRT1"

func (s sealed) encode() []byte {
	b := []byte(sealedMagic)
	for _, part := range [][]byte{s.parent, s.public, s.private} {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(part))), part...) //nolint:gosec // some hundred
	}
	return b
}

// parseSealed reads what encode wrote; what it accepts encodes to the same bytes.
func parseSealed(b []byte) (s sealed, err error) {
	if len(b) > tpmpipe.MaxSealed || len(b) < len(sealedMagic) || string(b[:len(sealedMagic)]) != sealedMagic {
		return s, tpmpipe.FaultSealed
	}
	b = b[len(sealedMagic):]
	for _, part := range []*[]byte{&s.parent, &s.public, &s.private} {
		if len(b) < 2 {
			return sealed{}, tpmpipe.FaultSealed
		}
		n := int(binary.BigEndian.Uint16(b))
		if b = b[2:]; n == 0 || n > len(b) {
			return sealed{}, tpmpipe.FaultSealed
		}
		*part, b = b[:n], b[n:]
	}
	if len(b) != 0 {
		return sealed{}, tpmpipe.FaultSealed
	}
	return s, nil
}
