package tlv

import "errors"

// What can be wrong with data objects.
var (
	ErrTooLong       = errors.New("tlv: message over the limit")
	ErrTooDeep       = errors.New("tlv: nested too deep")
	ErrTooMany       = errors.New("tlv: too many elements")
	ErrTag           = errors.New("tlv: tag malformed")
	ErrLength        = errors.New("tlv: length malformed or indefinite")
	ErrNotMinimal    = errors.New("tlv: length not in its shortest form")
	ErrPastEnd       = errors.New("tlv: element runs past the end")
	ErrPadding       = errors.New("tlv: padding between elements")
	ErrDOL           = errors.New("tlv: data object list: tag without length or too many entries")
	ErrDOLDataLength = errors.New("tlv: data object list asks for too much data")
)

// Parse reads data objects in their one canonical form: shortest lengths and
// tags, nothing between elements. Appending the result gives b again.
func Parse(b []byte) (List, error) {
	p := parser{canonical: true}
	return p.message(b)
}

// ParseCard reads data objects as cards send them: lengths in the 81 and 82
// forms even where a shorter one would do, zero bytes between elements.
func ParseCard(b []byte) (List, error) {
	p := parser{}
	return p.message(b)
}

type parser struct {
	canonical bool
	elements  int // seen so far in this message
}

func (p *parser) message(b []byte) (List, error) {
	if len(b) > maxBytes {
		return nil, ErrTooLong
	}
	return p.list(b, 1)
}

func (p *parser) list(b []byte, depth int) (List, error) {
	if depth > maxDepth {
		return nil, ErrTooDeep
	}
	var out List
	for len(b) > 0 {
		if b[0] == 0 {
			if p.canonical {
				return nil, ErrPadding
			}
			b = b[1:]
			continue
		}
		e, rest, err := p.element(b, depth)
		if err != nil {
			return nil, err
		}
		out, b = append(out, e), rest
	}
	return out, nil
}

func (p *parser) element(b []byte, depth int) (Element, []byte, error) {
	if p.elements++; p.elements > maxElements {
		return Element{}, nil, ErrTooMany
	}
	tag, b, err := cutTag(b, p.canonical)
	if err != nil {
		return Element{}, nil, err
	}
	n, b, err := cutLength(b, p.canonical)
	if err != nil {
		return Element{}, nil, err
	}
	if n > len(b) {
		return Element{}, nil, ErrPastEnd
	}
	e := Element{Tag: tag, Value: b[:n:n]}
	if tag.Constructed() {
		e.Children, err = p.list(e.Value, depth+1)
	}
	return e, b[n:], err
}

// cutTag takes a tag off b. A two-byte tag with a number under 31 is not
// BER's shortest form, but EMV uses it throughout (9F02), so it is accepted.
func cutTag(b []byte, canonical bool) (Tag, []byte, error) {
	if len(b) == 0 || b[0] == 0 {
		return 0, nil, ErrTag
	}
	tag := Tag(b[0])
	if b[0]&0x1F != 0x1F {
		return tag, b[1:], nil
	}
	for i := 1; i < len(b) && i < maxTagBytes; i++ {
		if canonical && i == 1 && b[i] == 0x80 {
			return 0, nil, ErrTag // leading zero digits: a second spelling
		}
		tag = tag<<8 | Tag(b[i])
		if b[i]&0x80 == 0 {
			return tag, b[i+1:], nil
		}
	}
	return 0, nil, ErrTag
}

func cutLength(b []byte, canonical bool) (int, []byte, error) {
	if len(b) == 0 {
		return 0, nil, ErrPastEnd
	}
	if b[0] < 0x80 {
		return int(b[0]), b[1:], nil
	}
	k := int(b[0] & 0x7F)
	if k == 0 || k > maxLengthBytes {
		return 0, nil, ErrLength // 80 is the indefinite form
	}
	if len(b) < 1+k {
		return 0, nil, ErrPastEnd
	}
	n := 0
	for _, c := range b[1 : 1+k] {
		n = n<<8 | int(c)
	}
	if canonical && len(appendLength(nil, n)) != 1+k {
		return 0, nil, ErrNotMinimal
	}
	return n, b[1+k:], nil
}
