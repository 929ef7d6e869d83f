package call

import "encoding/binary"

// Head is the fixed part of a request.
type Head struct {
	Handle    uint32
	Algorithm Algorithm
	Usage     Usage
	Flags     uint8
}

// Append lays a request out behind dst. Parts longer than 65,535 bytes are not
// representable: the answer is then nil.
func Append(dst []byte, h Head, parts ...[]byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, h.Handle)
	dst = append(dst, byte(h.Algorithm), byte(h.Usage), h.Flags, 0)
	for _, p := range parts {
		if len(p) > 1<<16-1 {
			return nil
		}
		dst = binary.BigEndian.AppendUint16(dst, uint16(len(p)))
		dst = append(dst, p...)
	}
	return dst
}

// Parse reads the request of a function. The parts lie in b.
func Parse(fn uint32, b []byte) (h Head, parts [][]byte, code Code) {
	n := Parts(fn)
	if n < 0 || len(b) < HeadSize || b[7] != 0 {
		return h, nil, CodeMalformed
	}
	if len(b) > MaxRequest {
		return h, nil, CodeTooLong
	}
	h = Head{binary.BigEndian.Uint32(b), Algorithm(b[4]), Usage(b[5]), b[6]}
	b = b[HeadSize:]
	for range n {
		if len(b) < 2 || len(b) < 2+int(binary.BigEndian.Uint16(b)) {
			return h, nil, CodeMalformed
		}
		end := 2 + int(binary.BigEndian.Uint16(b))
		parts = append(parts, b[2:end:end])
		b = b[end:]
	}
	if len(b) != 0 {
		return h, nil, CodeMalformed
	}
	return h, parts, OK
}
