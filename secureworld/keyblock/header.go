package keyblock

import (
	"errors"
	"slices"
)

// Header says what a key is for and what may be done with it. It is public:
// only the key is enciphered.
type Header struct {
	Version       byte   // 'D', or 'B' under a Policy that accepts it
	Usage         string // two characters, such as "P0"
	Algorithm     byte   // of the key inside
	Mode          byte   // table 4
	KeyVersion    string // two characters; "00" where keys have no versions
	Exportability byte   // 'E', 'N' or 'S'
	Optional      []OptionalBlock
}

// Policy says which versions are accepted. The zero value accepts D only.
type Policy struct {
	TDES bool // accept version B as well
}

var (
	// ErrPolicy says that the version of the block is refused whatever its
	// contents.
	ErrPolicy = errors.New("keyblock: blocks of this version are not accepted")
	// ErrLegacy says that a version B block is for a key that is no TDES key: the version
	// is there to bring legacy keys in, and for nothing else.
	ErrLegacy = errors.New("keyblock: a version B block is for TDES keys alone")

	errLength        = errors.New("keyblock: the length of the block is not the one it states")
	errTooLong       = errors.New("keyblock: the block is too long")
	errUsage         = errors.New("keyblock: unknown key usage")
	errAlgorithm     = errors.New("keyblock: unknown algorithm")
	errMode          = errors.New("keyblock: unknown mode of use")
	errKeyVersion    = errors.New("keyblock: key version is not two letters or digits")
	errExportability = errors.New("keyblock: unknown exportability")
	errReserved      = errors.New("keyblock: reserved characters are not 00")
	errAlignment     = errors.New("keyblock: the header is not padded to the cipher's block")
)

// Parse reads the header of a version D block and checks everything that needs
// no key. The result is not authentic before Unwrap.
func Parse(block []byte) (Header, error) { return Policy{}.Parse(block) }

// Parse is Parse under the policy.
func (p Policy) Parse(block []byte) (Header, error) {
	h, _, err := p.parse(block)
	return h, err
}

// parse returns the header and how many characters it has.
func (p Policy) parse(block []byte) (Header, int, error) {
	if len(block) < headerSize {
		return Header{}, 0, errLength
	}
	if len(block) > maxBlock {
		return Header{}, 0, errTooLong
	}
	if err := p.accepts(block[0]); err != nil {
		return Header{}, 0, err
	}
	if n, ok := decimal(block[1:5]); !ok || n != len(block) {
		return Header{}, 0, errLength
	}
	h := Header{
		Version: block[0], Usage: string(block[5:7]), Algorithm: block[7], Mode: block[8],
		KeyVersion: string(block[9:11]), Exportability: block[11],
	}
	if err := h.checkFixed(); err != nil {
		return Header{}, 0, err
	}
	n, err := h.parseRest(block)
	if err != nil {
		return Header{}, 0, err
	}
	return h, n, nil
}

func (h *Header) parseRest(block []byte) (n int, err error) {
	if string(block[14:16]) != "00" {
		return 0, errReserved
	}
	count, ok := decimal(block[12:14])
	if !ok {
		return 0, errOptional
	}
	if h.Optional, n, err = parseOptional(block[headerSize:], count); err != nil {
		return 0, err
	}
	n += headerSize
	return n, h.checkSizes(n, len(block))
}

// checkSizes holds the header to the cipher's block, and what follows to whole
// blocks and a MAC.
func (h *Header) checkSizes(header, whole int) error {
	size := h.blockSize()
	if header%size != 0 {
		return errAlignment
	}
	hexPayload := whole - header - 2*size // the MAC is one block
	if hexPayload <= 0 || hexPayload%(2*size) != 0 {
		return errLength
	}
	if hexPayload > 2*maxPayload {
		return errTooLong
	}
	return nil
}

// encode writes the header of a block with payload bytes of enciphered key,
// padding it to the cipher's block where it is not.
func (h Header) encode(payload int) ([]byte, error) {
	optional, err := h.encodeOptional()
	if err != nil {
		return nil, err
	}
	whole := headerSize + len(optional.text) + 2*payload + 2*h.blockSize()
	if whole > maxBlock {
		return nil, errTooLong
	}
	out := append(make([]byte, 0, whole), h.Version)
	out = appendDecimal(out, whole, 4)
	out = append(append(out, h.Usage...), h.Algorithm, h.Mode)
	out = append(append(out, h.KeyVersion...), h.Exportability)
	out = appendDecimal(out, optional.count, 2)
	return append(append(out, "00"...), optional.text...), nil
}

func (p Policy) accepts(version byte) error {
	if version == 'D' || version == 'B' && p.TDES {
		return nil
	}
	return ErrPolicy
}

// blockSize is that of the wrapping cipher in bytes.
func (h *Header) blockSize() int {
	if h.Version == 'B' {
		return 8
	}
	return 16
}

func (h *Header) checkFixed() error {
	switch {
	case !slices.Contains(usages(), h.Usage):
		return errUsage
	case !isOneOf(h.Algorithm, algorithms):
		return errAlgorithm
	case h.Version == 'B' && h.Algorithm != 'T':
		return ErrLegacy
	case !isOneOf(h.Mode, modes):
		return errMode
	case len(h.KeyVersion) != 2 || !isAlphanumeric(h.KeyVersion):
		return errKeyVersion
	case !isOneOf(h.Exportability, exportabilities):
		return errExportability
	}
	return nil
}
