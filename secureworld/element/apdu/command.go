package apdu

import "errors"

// Lengths that are expected, besides 1 to 255.
const (
	NoLe  = 0   // the command ends without Le
	AnyLe = 256 // Le 00
)

var errCommand = errors.New("apdu: not a short command")

// Command is a short command APDU (ISO/IEC 7816-4, cases 1 to 4).
type Command struct {
	CLA, INS, P1, P2 byte
	Data             []byte // at most 255
	Le               int    // NoLe, 1 to 255, AnyLe
}

// ParseCommand reads one command; Data is a part of b. Extended length is refused.
func ParseCommand(b []byte) (Command, error) {
	if len(b) < 4 {
		return Command{}, errCommand
	}
	c := Command{CLA: b[0], INS: b[1], P1: b[2], P2: b[3]}
	switch rest := b[4:]; {
	case len(rest) == 0:
		return c, nil
	case len(rest) == 1:
		c.Le = expected(rest[0])
		return c, nil
	case rest[0] == 0 || len(rest) > 2+int(rest[0]) || len(rest) < 1+int(rest[0]):
		return Command{}, errCommand
	default:
		n := 1 + int(rest[0])
		c.Data = rest[1:n:n]
		if len(rest) > n {
			c.Le = expected(rest[n])
		}
		return c, nil
	}
}

func expected(b byte) int {
	if b == 0 {
		return AnyLe
	}
	return int(b)
}

// Append encodes the command.
func (c Command) Append(dst []byte) []byte {
	dst = append(dst, c.CLA, c.INS, c.P1, c.P2)
	if len(c.Data) > 0 {
		dst = append(append(dst, byte(len(c.Data))), c.Data...)
	}
	if c.Le != NoLe {
		dst = append(dst, byte(c.Le)) // 256 is 00
	}
	return dst
}
