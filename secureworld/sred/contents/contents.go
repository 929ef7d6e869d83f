// Package contents lays out what an envelope of package sred holds:
//
//	length (2) ‖ account data TLV ‖ length (2) ‖ EMV data TLV ‖ zeros
//
// of one length always, so that the length tells nothing. It stands apart from
// sred so that the payment application, which reads contents, need not link what
// seals them.
//
// The reader and the payment application import it. It keeps nothing.
package contents

import "errors"

const (
	// Size holds 128 bytes of account data and what DE 55 may carry (255) with
	// the tags of a receipt beside it, several times over.
	Size = 1024
	// SealedSize is the ciphertext of AES-GCM with its tag.
	SealedSize = Size + 16
	// ChainSize holds the certificates and the static data of one card, as the
	// contact kernel collects them (7 KiB at most), and the account data.
	ChainSize       = 7<<10 + 256
	SealedChainSize = ChainSize + 16
)

// Tags of this door's own among the EMV data.
const (
	TagOutcomeCVM = 0xDF03 // 1 byte, a CVM: what a contactless kernel's outcome asked for
)

// Values of TagOutcomeCVM.
const (
	CVMNone      byte = 0
	CVMOnlinePIN byte = 1
	CVMSignature byte = 2
	CVMDevice    byte = 3
)

// Tags of a certificate chain, beside EMV's own (84, 8F, 90, 92, 9F32, 9F46, 9F47,
// 9F48, 9F2D, 9F2E, 9F2F).
const (
	TagChallenge = 0xDF8101 // 8 bytes: the card's unpredictable number
	TagStatic    = 0xDF8102 // static data to be authenticated, as the records gave them
)

// ErrContents reports data that do not fit into an envelope, or contents that
// are not laid out in the one way.
var ErrContents = errors.New("contents: data do not fit into an envelope")

// Pack lays account and EMV data out in buf, which it fills to Size.
// The returned slice lies in buf.
func Pack(buf, account, emv []byte) ([]byte, error) { return pack(buf, account, emv, Size) }

// PackChain lays account data and a certificate chain out in buf, which it fills
// to ChainSize.
func PackChain(buf, account, chain []byte) ([]byte, error) {
	return pack(buf, account, chain, ChainSize)
}

func pack(buf, account, emv []byte, size int) ([]byte, error) {
	if 4+len(account)+len(emv) > size || cap(buf) < size+16 {
		return nil, ErrContents
	}
	b := append(buf[:0], byte(len(account)>>8), byte(len(account)))
	b = append(b, account...)
	b = append(b, byte(len(emv)>>8), byte(len(emv)))
	b = append(b, emv...)
	n := len(b)
	b = b[:size]
	clear(b[n:])
	return b, nil
}

// Unpack returns the two parts of a plaintext, as slices of it. Bytes behind
// them must be zero, so there is one plaintext for each pair. Its length is Size,
// or ChainSize for what PackChain made.
func Unpack(plaintext []byte) (account, emv []byte, err error) {
	if len(plaintext) != Size && len(plaintext) != ChainSize {
		return nil, nil, ErrContents
	}
	account, rest, err := part(plaintext)
	if err != nil {
		return nil, nil, err
	}
	if emv, rest, err = part(rest); err != nil {
		return nil, nil, err
	}
	for _, b := range rest {
		if b != 0 {
			return nil, nil, ErrContents
		}
	}
	return account, emv, nil
}

func part(b []byte) (value, rest []byte, err error) {
	if len(b) < 2 {
		return nil, nil, ErrContents
	}
	n := int(b[0])<<8 | int(b[1])
	if len(b)-2 < n {
		return nil, nil, ErrContents
	}
	return b[2 : 2+n : 2+n], b[2+n:], nil
}
