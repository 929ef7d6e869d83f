package keyblock

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
)

var (
	// ErrMAC says that the block was not made with this KBPK, or was changed.
	ErrMAC = errors.New("keyblock: the block is not authentic under this key")
	// ErrUnexpected says that the block holds another kind of key than expected.
	ErrUnexpected = errors.New("keyblock: the key is not of the expected kind")

	errHex         = errors.New("keyblock: key and MAC are not hexadecimal")
	errInside      = errors.New("keyblock: the length inside the block is wrong")
	errDestination = errors.New("keyblock: the memory for the key is too small")
	errRoom        = errors.New("keyblock: the work area is too small")
)

// Expect is what the caller is going to use the key for.
type Expect struct {
	Usage     string
	Algorithm byte
	Mode      byte
}

// Unwrap opens a version D block and writes the key to dst. It returns the
// header, authentic by then, and the length of the key in bytes. Nothing is
// written on an error. The caller checks usage, algorithm and mode; UnwrapAs
// does it for them.
func Unwrap(kbpk, block, dst []byte) (Header, int, error) { return Policy{}.Unwrap(kbpk, block, dst) }

// UnwrapAs is Unwrap for a key of one kind: any other is refused before a key
// is tried.
func UnwrapAs(kbpk, block, dst []byte, e Expect) (Header, int, error) {
	return Policy{}.UnwrapAs(kbpk, block, dst, e)
}

// Unwrap is Unwrap under the policy.
func (p Policy) Unwrap(kbpk, block, dst []byte) (Header, int, error) {
	room := make([]byte, Room)
	defer clear(room)
	return p.unwrap(room, kbpk, block, dst, nil)
}

// UnwrapAs is UnwrapAs under the policy.
func (p Policy) UnwrapAs(kbpk, block, dst []byte, e Expect) (Header, int, error) {
	room := make([]byte, Room)
	defer clear(room)
	return p.unwrap(room, kbpk, block, dst, &e)
}

// UnwrapIn is UnwrapAs with a work area of the caller, Room bytes, usually in
// secret memory. It is cleared.
func (p Policy) UnwrapIn(room, kbpk, block, dst []byte, e Expect) (Header, int, error) {
	if len(room) < Room {
		return Header{}, 0, errRoom
	}
	defer clear(room[:Room])
	return p.unwrap(room, kbpk, block, dst, &e)
}

func (p Policy) unwrap(room, kbpk, block, dst []byte, e *Expect) (Header, int, error) {
	h, n, err := p.parse(block)
	if err != nil {
		return Header{}, 0, err
	}
	if e != nil && *e != (Expect{h.Usage, h.Algorithm, h.Mode}) {
		return Header{}, 0, ErrUnexpected
	}
	if err := h.checkKBPK(len(kbpk)); err != nil {
		return Header{}, 0, err
	}
	w := newWork(&h, room, (len(block)-n)/2-h.blockSize())
	if err := w.open(kbpk, block[:n], block[n:]); err != nil {
		return Header{}, 0, err
	}
	size, err := w.deliver(kbpk, dst)
	if err != nil {
		return Header{}, 0, err
	}
	return h, size, nil
}

// open deciphers and then verifies: the MAC is over the clear payload.
func (w *work) open(kbpk, header, rest []byte) error {
	at := 2 * len(w.payload)
	if !unhex(w.payload, rest[:at]) || !unhex(w.mac, rest[at:]) {
		return errHex
	}
	if err := w.with(kbpk, encryptKey, w.decrypt); err != nil {
		return err
	}
	authentic := false
	err := w.with(kbpk, macKey, func(b cipher.Block) { authentic = cmac.Verify(b, w.mac, header, w.payload) })
	if err == nil && !authentic {
		err = ErrMAC
	}
	return err
}

// deliver checks the authentic payload and writes the key to dst.
func (w *work) deliver(kbpk, dst []byte) (int, error) {
	bits := int(binary.BigEndian.Uint16(w.payload))
	size := bits / 8
	if bits%8 != 0 || size > len(w.payload)-2 {
		return 0, errInside
	}
	if err := w.header.checkStrength(size, len(kbpk)); err != nil {
		return 0, err
	}
	key := w.payload[2 : 2+size]
	if err := w.header.checkValues(kbpk, key); err != nil {
		return 0, err
	}
	if len(dst) < size {
		return 0, errDestination
	}
	return copy(dst, key), nil
}
