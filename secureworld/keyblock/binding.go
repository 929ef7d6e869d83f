package keyblock

import (
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

const (
	maxKey     = 32
	maxCipher  = 16
	encryptKey = 0 // key usage indicator of the derivation; TR-31:2018
	macKey     = 1
)

// Room is the length in bytes of a work area (UnwrapIn).
const Room = 2*maxKey + schedule.RoomAES + maxCipher + maxPayload

// work is the area in which a block is opened or made: everything that holds
// key material, and nothing else.
type work struct {
	header  *Header
	derived []byte // the key derived from the KBPK, with room for whole cipher blocks
	table   []byte // schedule of the key in use
	mac     []byte
	payload []byte // key length, key, padding
}

// newWork carves room, which has Room bytes.
func newWork(h *Header, room []byte, payload int) *work {
	w := &work{header: h}
	w.derived, room = room[:2*maxKey], room[2*maxKey:]
	w.table, room = room[:schedule.RoomAES], room[schedule.RoomAES:]
	w.mac, room = room[:h.blockSize()], room[maxCipher:]
	w.payload = room[:payload]
	return w
}

func (w *work) expand(key []byte) (cipher.Block, func(), error) {
	if w.header.Version == 'B' {
		return schedule.NewTDES(key, w.table)
	}
	return schedule.NewAES(key, w.table)
}

// with runs f under the key derived from kbpk for one purpose, and erases it.
func (w *work) with(kbpk []byte, purpose byte, f func(cipher.Block)) error {
	if err := w.derive(kbpk, purpose); err != nil {
		return err
	}
	defer clear(w.derived)
	b, erase, err := w.expand(w.derived[:len(kbpk)])
	if err != nil {
		return err
	}
	defer erase()
	f(b)
	return nil
}

// derive fills w.derived with the key for one purpose: CMAC in counter mode
// over counter, usage, 00, algorithm, length in bits. TR-31:2018.
func (w *work) derive(kbpk []byte, purpose byte) error {
	b, erase, err := w.expand(kbpk)
	if err != nil {
		return err
	}
	defer erase()
	data := [8]byte{0, 0, purpose, 0, 0, w.algorithm(len(kbpk))}
	binary.BigEndian.PutUint16(data[6:], uint16(8*len(kbpk)))
	out := w.derived[:0]
	for len(out) < len(kbpk) {
		data[0]++
		out = cmac.Sum(out, b, data[:])
	}
	return nil
}

// algorithm is the indicator of the derived key: 2- and 3-key TDES 0 and 1, AES
// 2, 3 and 4.
func (w *work) algorithm(size int) byte {
	indicator := byte(size/8 - 2)
	if w.header.Version == 'D' {
		indicator += 2
	}
	return indicator
}

// encrypt and decrypt are CBC in place with the MAC as IV. They are written out
// because the library's CBC objects copy the key schedule to the heap.

func (w *work) encrypt(b cipher.Block) {
	previous, size := w.mac, b.BlockSize()
	for at := 0; at < len(w.payload); at += size {
		block := w.payload[at : at+size]
		subtle.XORBytes(block, block, previous)
		b.Encrypt(block, block)
		previous = block
	}
}

func (w *work) decrypt(b cipher.Block) {
	size := b.BlockSize()
	for at := len(w.payload) - size; at >= 0; at -= size {
		previous := w.mac
		if at > 0 {
			previous = w.payload[at-size : at]
		}
		block := w.payload[at : at+size]
		b.Decrypt(block, block)
		subtle.XORBytes(block, block, previous)
	}
}
