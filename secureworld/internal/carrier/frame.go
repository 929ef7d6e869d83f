package carrier

import (
	"encoding/binary"
	"errors"
	"io"
)

// kind is the first byte of a frame.
type kind byte

const (
	kindOpen   kind = 0x01
	kindData   kind = 0x02
	kindEnd    kind = 0x03
	kindCredit kind = 0x04
	kindReset  kind = 0x05
)

const headerSize = 7

// ErrMalformed says that the other end does not speak this protocol.
var ErrMalformed = errors.New("carrier: malformed frame")

// frame is one of a door's port.
type frame struct {
	kind    kind
	conn    uint32
	payload []byte
}

func (f frame) encode() []byte {
	b := make([]byte, 0, headerSize+len(f.payload))
	b = binary.BigEndian.AppendUint32(append(b, byte(f.kind)), f.conn)
	b = binary.BigEndian.AppendUint16(b, uint16(len(f.payload))) //nolint:gosec // maxData at most
	return append(b, f.payload...)
}

// readFrame reads one frame; what it accepts encodes back to the same bytes.
func readFrame(r io.Reader) (f frame, err error) {
	var h [headerSize]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return f, err
	}
	f.kind, f.conn = kind(h[0]), binary.BigEndian.Uint32(h[1:])
	n := int(binary.BigEndian.Uint16(h[5:]))
	if f.conn == 0 || !f.kind.takes(n) {
		return f, ErrMalformed
	}
	f.payload = make([]byte, n)
	if _, err := io.ReadFull(r, f.payload); err != nil {
		return f, err
	}
	if f.kind == kindCredit && (f.credit() == 0 || f.credit() > window) {
		return f, ErrMalformed
	}
	return f, nil
}

// takes tells whether a payload of n bytes belongs to a kind.
func (k kind) takes(n int) bool {
	switch k {
	case kindOpen:
		return n > 0 && n <= maxOpening
	case kindData:
		return n > 0 && n <= maxData
	case kindCredit:
		return n == 4
	case kindEnd, kindReset:
		return n == 0
	}
	return false
}

func (f frame) credit() uint32 { return binary.BigEndian.Uint32(f.payload) }

func credit(conn uint32, n int) frame {
	return frame{kindCredit, conn, binary.BigEndian.AppendUint32(nil, uint32(n))} //nolint:gosec // maxData at most
}
