package objects

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// Template parses data that must be one constructed element with this
// one-byte tag and nothing behind it.
func Template(data []byte, tag tlv.Tag) (tlv.List, bool) {
	body, ok := Envelope(data, tag)
	if !ok {
		return nil, false
	}
	l, err := tlv.ParseCard(body)
	return l, err == nil
}

// Envelope takes the header of one element with a one-byte tag off data and
// refuses bytes behind it. Format 1 answers use it: their tag 80 is primitive.
func Envelope(data []byte, tag tlv.Tag) ([]byte, bool) {
	if len(data) < 2 || tlv.Tag(data[0]) != tag {
		return nil, false
	}
	header, n := 2, int(data[1])
	switch {
	case n == 0x81 && len(data) > 2:
		header, n = 3, int(data[2])
	case n == 0x82 && len(data) > 3:
		header, n = 4, int(data[2])<<8|int(data[3])
	case n >= 0x80:
		return nil, false
	}
	return data[min(header, len(data)):], header+n == len(data)
}

// Split takes an answer apart. It must have a status word: two bytes at least.
func Split(rapdu []byte) (data []byte, sw uint16) {
	n := len(rapdu) - 2
	return rapdu[:n], uint16(rapdu[n])<<8 | uint16(rapdu[n+1])
}
