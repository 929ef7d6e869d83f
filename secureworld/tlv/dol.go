package tlv

// A DOLEntry asks for Length bytes of the data object Tag.
type DOLEntry struct {
	Tag    Tag
	Length int // 0 to 255
}

// A DOL is a data object list (EMV 4.4 Book 3, clause 5.4): what a card wants
// to be sent, as tags and lengths without values.
type DOL []DOLEntry

// ParseDOL reads a list. Every tag must be followed by its one-byte length;
// 80 to FF are lengths of 128 to 255 here, not BER's long form.
func ParseDOL(b []byte) (DOL, error) {
	var d DOL
	for len(b) > 0 {
		tag, rest, err := cutTag(b, false)
		if err != nil || len(rest) == 0 || len(d) == maxDOLEntries {
			return nil, ErrDOL
		}
		d, b = append(d, DOLEntry{tag, int(rest[0])}), rest[1:]
	}
	return d, nil
}

// Append adds the list's own bytes; ParseDOL reads them back.
func (d DOL) Append(dst []byte) []byte {
	for _, e := range d {
		dst = append(appendTag(dst, e.Tag), byte(e.Length))
	}
	return dst
}

// Has reports whether the list asks for a tag.
func (d DOL) Has(tag Tag) bool {
	for _, e := range d {
		if e.Tag == tag {
			return true
		}
	}
	return false
}

// DataLength is the number of bytes that Build adds.
func (d DOL) DataLength() int {
	n := 0
	for _, e := range d {
		n += e.Length
	}
	return n
}

// Build adds the values that the list asks for, each cut or padded to its
// length by the rules of clause 5.4, and refuses more than 252 bytes in all.
// A tag that source does not have, and any constructed tag, gives zeros.
func (d DOL) Build(dst []byte, source func(Tag) ([]byte, bool)) ([]byte, error) {
	if d.DataLength() > maxDOLData {
		return dst, ErrDOLDataLength
	}
	for _, e := range d {
		value, ok := source(e.Tag)
		if !ok || e.Tag.Constructed() {
			dst = appendBytes(dst, 0, e.Length)
			continue
		}
		dst = appendFitted(dst, e, value)
	}
	return dst, nil
}

func appendFitted(dst []byte, e DOLEntry, value []byte) []byte {
	missing := max(0, e.Length-len(value))
	switch e.Tag.Format() {
	case FormatNumeric:
		dst = appendBytes(dst, 0, missing)
		return append(dst, value[max(0, len(value)-e.Length):]...)
	case FormatCompressedNumeric:
		dst = append(dst, value[:min(len(value), e.Length)]...)
		return appendBytes(dst, 0xFF, missing)
	default:
		dst = append(dst, value[:min(len(value), e.Length)]...)
		return appendBytes(dst, 0, missing)
	}
}

func appendBytes(dst []byte, c byte, n int) []byte {
	for range n {
		dst = append(dst, c)
	}
	return dst
}
