package keyblock

import "errors"

var (
	// ErrWeakKBPK says that the protecting key is weaker than the key inside.
	ErrWeakKBPK = errors.New("keyblock: the key block protection key is weaker than the key")

	errKBPK      = errors.New("keyblock: not the length of a key block protection key")
	errKeyLength = errors.New("keyblock: the key's length does not fit its algorithm")
)

// checkStrength refuses a key of n bytes that its algorithm does not have, or
// that is stronger than a KBPK of k bytes.
func (h *Header) checkStrength(n, k int) error {
	if !h.keyLengthFits(n) {
		return errKeyLength
	}
	if strength(h.Algorithm, n) > h.kbpkStrength(k) {
		return ErrWeakKBPK
	}
	return nil
}

func (h *Header) keyLengthFits(n int) bool {
	switch h.Algorithm {
	case 'A':
		return n == 16 || n == 24 || n == 32
	case 'D':
		return n == 8
	case 'T':
		return n == 16 || n == 24
	default: // HMAC, and private keys in DER
		return n > 0 && n <= maxPayload-2
	}
}

// strength in bits. Private keys stand in DER that is not read here, so they
// count as the strongest: they ask for a 256-bit KBPK.
func strength(algorithm byte, n int) int {
	switch algorithm {
	case 'A':
		return 8 * n
	case 'D':
		return 56
	case 'T':
		return tdesStrength(n)
	case 'H':
		return min(8*n, 256)
	default:
		return 256
	}
}

// tdesStrength: SP 800-57 part 1 (2-key TDES: 80).
func tdesStrength(n int) int {
	if n == 24 {
		return 112
	}
	return 80
}

func (h *Header) kbpkStrength(k int) int {
	if h.Version == 'B' {
		return tdesStrength(k)
	}
	return 8 * k
}

func (h *Header) checkKBPK(k int) error {
	if k == 16 || k == 24 || k == 32 && h.Version == 'D' {
		return nil
	}
	return errKBPK
}

// maskedLength is the length to which keys of an algorithm are padded, so that
// the block does not show how long the key is. X9.143, key length hiding.
func (h *Header) maskedLength(n int) int {
	switch h.Algorithm {
	case 'A':
		return 32
	case 'T':
		return 24
	default:
		return n
	}
}
