package keyblock

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"io"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
)

var errRandom = errors.New("keyblock: reading random padding")

// Wrap makes a version D block around key under the AES key kbpk, 16, 24 or 32
// bytes and not weaker than key. The header is padded where that is needed. Keys
// of all lengths of one algorithm give blocks of one length; random fills them.
func Wrap(kbpk []byte, h Header, key []byte, random io.Reader) ([]byte, error) {
	return Policy{}.Wrap(kbpk, h, key, random)
}

// Wrap is Wrap under the policy.
func (p Policy) Wrap(kbpk []byte, h Header, key []byte, random io.Reader) ([]byte, error) {
	if err := p.checkWrap(&h, kbpk, key); err != nil {
		return nil, err
	}
	payload := roundUp(2+h.maskedLength(len(key)), h.blockSize())
	header, err := h.encode(payload)
	if err != nil {
		return nil, err
	}
	if err := h.checkValues(kbpk, key); err != nil {
		return nil, err
	}
	room := make([]byte, Room)
	defer clear(room)
	w := newWork(&h, room, payload)
	if err := w.load(key, random); err != nil {
		return nil, err
	}
	if err := w.seal(kbpk, header); err != nil {
		return nil, err
	}
	return appendHex(appendHex(header, w.payload), w.mac), nil
}

func (p Policy) checkWrap(h *Header, kbpk, key []byte) error {
	if err := p.accepts(h.Version); err != nil {
		return err
	}
	if err := h.checkFixed(); err != nil {
		return err
	}
	if err := h.checkKBPK(len(kbpk)); err != nil {
		return err
	}
	return h.checkStrength(len(key), len(kbpk))
}

// load writes length in bits, key and padding.
func (w *work) load(key []byte, random io.Reader) error {
	binary.BigEndian.PutUint16(w.payload, uint16(8*len(key))) //nolint:gosec // at most 8 × maxPayload
	n := 2 + copy(w.payload[2:], key)
	if _, err := io.ReadFull(random, w.payload[n:]); err != nil {
		return errRandom
	}
	return nil
}

// seal computes the MAC over header and clear payload, then enciphers.
func (w *work) seal(kbpk, header []byte) error {
	err := w.with(kbpk, macKey, func(b cipher.Block) { cmac.Sum(w.mac[:0], b, header, w.payload) })
	if err != nil {
		return err
	}
	return w.with(kbpk, encryptKey, w.encrypt)
}

func roundUp(n, size int) int { return (n + size - 1) / size * size }
