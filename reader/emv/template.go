package emv

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// template parses data that must be one constructed element with this
// one-byte tag and nothing behind it.
func template(data []byte, tag tlv.Tag) (tlv.List, bool) {
	body, ok := envelope(data, tag)
	if !ok {
		return nil, false
	}
	l, err := tlv.ParseCard(body)
	return l, err == nil
}

// envelope takes the header of one element with a one-byte tag off data and
// refuses bytes behind it. Format 1 answers use it: their tag 80 is primitive.
func envelope(data []byte, tag tlv.Tag) ([]byte, bool) {
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
