package iso7816

import "errors"

// ErrCommand reports a command that has no short form.
var ErrCommand = errors.New("iso7816: command data or expected length too long")

// A Command is one short command APDU (ISO/IEC 7816-4, clause 5.1).
type Command struct {
	CLA, INS, P1, P2 byte
	Data             []byte // 0 to 255 bytes; none means no Lc
	Expect           Expect
}

// Expect is the length field Le.
type Expect int

// What a command expects. Other values from 1 to 255 ask for that many bytes.
const (
	ExpectNothing Expect = 0
	ExpectAll     Expect = 256 // sent as 00
)

// Append adds the command's bytes to dst.
func (c Command) Append(dst []byte) ([]byte, error) {
	if len(c.Data) > maxData || c.Expect < 0 || c.Expect > ExpectAll {
		return dst, ErrCommand
	}
	dst = append(dst, c.CLA, c.INS, c.P1, c.P2)
	if len(c.Data) > 0 {
		dst = append(append(dst, byte(len(c.Data))), c.Data...)
	}
	if c.Expect != ExpectNothing {
		dst = append(dst, byte(c.Expect)) // 256 becomes 00
	}
	return dst, nil
}

// isCase4 reports whether a short command has data and Le, so that the card
// may have an answer to fetch by GET RESPONSE.
func isCase4(capdu []byte) bool {
	return len(capdu) > 5 && int(capdu[4]) == len(capdu)-6
}

func isCase2(capdu []byte) bool { return len(capdu) == 5 }
