package objects

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// Cut takes the first element with this tag out of a list of elements and
// returns what stands before and behind it, byte for byte as it came: a hash
// covers what the card sent, never an encoding of ours. False means that the
// tag is not there or the list is malformed before it.
func Cut(list []byte, tag tlv.Tag) (before, behind []byte, ok bool) {
	for at := 0; at < len(list); {
		if list[at] == 0 {
			at++ // padding, as ParseCard allows it
			continue
		}
		found, size, ok := Measure(list[at:])
		if !ok {
			return nil, nil, false
		}
		if found == tag {
			return list[:at:at], list[at+size:], true
		}
		at += size
	}
	return nil, nil, false
}

// Measure reads tag and whole length, header included, of the element that b
// begins with.
func Measure(b []byte) (tag tlv.Tag, size int, ok bool) {
	tag, at, ok := leadingTag(b)
	if !ok || at >= len(b) || b[at] == 0x80 || b[at] > 0x83 {
		return 0, 0, false
	}
	n, extra := int(b[at]), 0
	if n > 0x80 {
		extra, n = n-0x80, 0
		for i := 1; i <= extra && at+i < len(b); i++ {
			n = n<<8 | int(b[at+i])
		}
	}
	size = at + 1 + extra + n
	return tag, size, size <= len(b)
}

func leadingTag(b []byte) (tag tlv.Tag, n int, ok bool) {
	for i, c := range b {
		if i == maxTagBytes {
			break
		}
		tag = tag<<8 | tlv.Tag(c)
		if i == 0 && c&0x1F != 0x1F || i > 0 && c&0x80 == 0 {
			return tag, i + 1, true
		}
	}
	return 0, 0, false
}
