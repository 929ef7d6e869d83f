package cmac

import (
	"crypto/cipher"
	"encoding/binary"
)

// KDF fills dst with key material derived from the key in b: SP 800-108,
// counter mode with CMAC as PRF, each block over
//
//	counter (4 bytes, from 1) ‖ label ‖ 00 ‖ context ‖ length of dst in bits (4 bytes)
//
// The label separates purposes: one label has one meaning in the whole project.
// It must not hold a zero byte, which would let it run into the context.
func KDF(dst []byte, b cipher.Block, label string, context []byte) {
	s := start(b)
	defer s.wipe()
	first := new([maxBlock]byte) // K1: finish consumes it
	defer clear(first[:])
	*first = s.subkey

	var number, length [4]byte
	binary.BigEndian.PutUint32(length[:], uint32(len(dst))*8)
	parts := [][]byte{number[:], []byte(label), {0}, context, length[:]}
	for i := uint32(1); len(dst) > 0; i++ {
		binary.BigEndian.PutUint32(number[:], i)
		dst = dst[copy(dst, s.sum(b, parts)):]
		s.restart(first[:])
	}
}
