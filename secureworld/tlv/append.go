package tlv

// Append adds one element in canonical form and returns the longer slice, as
// append does. Where dst must not move (account data), give it the capacity
// that Size names. The tag must be valid; a value may have any length.
func Append(dst []byte, tag Tag, value []byte) []byte {
	dst = appendTag(dst, tag)
	dst = appendLength(dst, len(value))
	return append(dst, value...)
}

// AppendList adds every element of l in canonical form. A constructed element
// is written from its children.
func AppendList(dst []byte, l List) []byte {
	for _, e := range l {
		if !e.Tag.Constructed() {
			dst = Append(dst, e.Tag, e.Value)
			continue
		}
		dst = appendTag(dst, e.Tag)
		dst = appendLength(dst, contentSize(e.Children))
		dst = AppendList(dst, e.Children)
	}
	return dst
}

// Size is the number of bytes that Append adds for a value of n bytes.
func Size(tag Tag, n int) int { return tagSize(tag) + lengthSize(n) + n }

func contentSize(l List) int {
	n := 0
	for _, e := range l {
		v := len(e.Value)
		if e.Tag.Constructed() {
			v = contentSize(e.Children)
		}
		n += Size(e.Tag, v)
	}
	return n
}

func appendTag(dst []byte, tag Tag) []byte {
	for i := tagSize(tag) - 1; i >= 0; i-- {
		dst = append(dst, byte(tag>>(8*i)))
	}
	return dst
}

func tagSize(tag Tag) int {
	n := 1
	for tag >>= 8; tag != 0; tag >>= 8 {
		n++
	}
	return n
}

func appendLength(dst []byte, n int) []byte {
	k := lengthSize(n)
	if k == 1 {
		return append(dst, byte(n))
	}
	dst = append(dst, 0x80|byte(k-1))
	for i := k - 2; i >= 0; i-- {
		dst = append(dst, byte(n>>(8*i)))
	}
	return dst
}

func lengthSize(n int) int {
	switch {
	case n < 0x80:
		return 1
	case n < 1<<8:
		return 2
	case n < 1<<16:
		return 3
	default:
		return 4
	}
}
