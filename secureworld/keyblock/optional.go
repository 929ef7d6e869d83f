package keyblock

import (
	"errors"
	"slices"
	"strings"
)

// OptionalBlock is one optional block. Order matters and is kept: the MAC
// covers it.
type OptionalBlock struct {
	ID   string // two upper-case letters or digits; each at most once
	Data string // printable ASCII
}

// paddingID is the block that fills the header up to the cipher's block.
const paddingID = "PB"

var (
	errOptional  = errors.New("keyblock: malformed optional block")
	errRepeated  = errors.New("keyblock: an optional block is repeated")
	errPadding   = errors.New("keyblock: the padding block is not last or too long")
	errOptionals = errors.New("keyblock: too many optional blocks")
)

// An optional block is ID, length in two digits, data; or, where it has more
// than 255 characters, ID, 00, 04, length in four digits, data. Lengths are
// hexadecimal and cover everything from the ID on.
const (
	shortHead  = 4
	longHead   = 10
	longMarker = "0004"
)

func parseOptional(text []byte, count int) (blocks []OptionalBlock, n int, err error) {
	for range count {
		size, head, err := optionalLength(text[n:])
		if err != nil {
			return nil, 0, err
		}
		b := OptionalBlock{ID: string(text[n : n+2]), Data: string(text[n+head : n+size])}
		blocks = append(blocks, b)
		n += size
	}
	return blocks, n, checkOptional(blocks)
}

// optionalLength returns the lengths of the first block in text and of its head.
func optionalLength(text []byte) (size, head int, err error) {
	if len(text) < shortHead {
		return 0, 0, errOptional
	}
	head = shortHead
	size, ok := hexNumber(text[2:4])
	if ok && size == 0 { // the long form, only where it is needed
		if len(text) < longHead || string(text[2:6]) != longMarker {
			return 0, 0, errOptional
		}
		head = longHead
		size, ok = hexNumber(text[6:10])
		ok = ok && size-longHead+shortHead > maxShort
	}
	if !ok || size < head || size > len(text) {
		return 0, 0, errOptional
	}
	return size, head, nil
}

func checkOptional(blocks []OptionalBlock) error {
	if len(blocks) > maxOptional {
		return errOptionals
	}
	seen := make([]string, 0, len(blocks))
	for i, b := range blocks {
		if slices.Contains(seen, b.ID) {
			return errRepeated
		}
		seen = append(seen, b.ID)
		if err := b.check(i == len(blocks)-1); err != nil {
			return err
		}
	}
	return nil
}

// check holds a block to what X9.143 says of the identifiers that we
// read, and the others to printable characters.
func (b OptionalBlock) check(last bool) error {
	if len(b.ID) != 2 || !isAlphanumeric(b.ID) || strings.ToUpper(b.ID) != b.ID || !isPrintable(b.Data) {
		return errOptional
	}
	ok := true
	switch b.ID {
	case "KS": // key set identifier of TDES DUKPT
		ok = len(b.Data) > 0 && isHex(b.Data)
	case "IK": // initial key id of AES DUKPT
		ok = len(b.Data) == 16 && isHex(b.Data)
	case "KC", "KP": // check values: method, value
		ok = checkValueIsWellFormed(b.Data)
	case paddingID:
		if !last || len(b.Data) >= 16 {
			return errPadding
		}
	}
	if !ok {
		return errOptional
	}
	return nil
}

// encoded holds the text of all optional blocks, padding included.
type encoded struct {
	text  []byte
	count int
}

func (h *Header) encodeOptional() (encoded, error) {
	if err := checkOptional(h.Optional); err != nil {
		return encoded{}, err
	}
	e := encoded{count: len(h.Optional)}
	for _, b := range h.Optional {
		if len(b.Data)+longHead > maxLong {
			return encoded{}, errTooLong
		}
		e.text = b.appendTo(e.text)
	}
	if len(e.text)%h.blockSize() != 0 {
		if err := e.pad(h); err != nil {
			return encoded{}, err
		}
	}
	return e, nil
}

// pad adds the padding block. The fixed header is a whole number of blocks.
func (e *encoded) pad(h *Header) error {
	if n := len(h.Optional); h.Optional[n-1].ID == paddingID {
		return errAlignment
	}
	if e.count == maxOptional {
		return errOptionals
	}
	size := h.blockSize()
	fill := (2*size - len(e.text)%size - shortHead) % size
	e.text = OptionalBlock{paddingID, strings.Repeat("0", fill)}.appendTo(e.text)
	e.count++
	return nil
}

func (b OptionalBlock) appendTo(text []byte) []byte {
	text = append(text, b.ID...)
	if size := shortHead + len(b.Data); size <= maxShort {
		text = appendHexNumber(text, size, 2)
	} else {
		text = append(text, longMarker...)
		text = appendHexNumber(text, longHead+len(b.Data), 4)
	}
	return append(text, b.Data...)
}
