package host

import (
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/hsm"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// checksum is DE 55 of a contactless stripe (kernel 2, mag-stripe mode).
type checksum hsm.Checksum

func (c *checksum) atc() uint16 { return binary.BigEndian.Uint16(c.ATC[:]) }

func readChecksum(list tlv.List) (*checksum, string) {
	atc, _ := list.Top(tlv.Tag9F36ApplicationTransactionCounter)
	code, _ := list.Top(0x9F61)
	un, _ := list.Top(0x9F6A)
	if len(atc.Value) != 2 || len(code.Value) != 2 || len(un.Value) != 4 || !decimal(un.Value) {
		return nil, hostspec.ResponseFormatError
	}
	return &checksum{UN: [4]byte(un.Value), ATC: [2]byte(atc.Value), Code: [2]byte(code.Value)}, ""
}

func decimal(bcd []byte) bool {
	for _, c := range bcd {
		if c>>4 > 9 || c&0x0F > 9 {
			return false
		}
	}
	return true
}
