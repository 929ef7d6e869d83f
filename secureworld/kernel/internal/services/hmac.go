package services

import (
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"crypto/subtle"
	"errors"
	"hash"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// hashing is a hash function.
type hashing func() hash.Hash

func sha3x256() hash.Hash { return sha3.New256() }

// macHashes are those of HMAC in the order of its algorithms.
func macHashes() []hashing { return []hashing{sha256.New, sha512.New384, sha512.New, sha3x256} }

func hashes() [call.HashEnd - call.SHA256]hashing {
	return [...]hashing{sha256.New, sha512.New384, sha512.New, sha3x256,
		func() hash.Hash { return sha3.New384() }, func() hash.Hash { return sha3.New512() }}
}

// hmacKey is HMAC (RFC 2104) over a hash of Go's. That of crypto/hmac keeps what
// is as good as the key in an object on the heap; here the two padded keys lie in
// a room, and the hash forgets them with Reset.
type hmacKey struct {
	hash  hashing
	pads  []byte // inner ‖ outer, a block each
	erase func()
}

func openHMAC(h hashing) func(Memory, []byte) (material, error) {
	return func(m Memory, k []byte) (material, error) {
		b, err := newHMAC(m, h, k)
		return b, err
	}
}

func newHMAC(m Memory, h hashing, k []byte) (*hmacKey, error) {
	size := h().BlockSize()
	pads, err := m.Room(2 * size)
	if err != nil {
		return nil, err
	}
	fillPads(h, pads, k)
	return &hmacKey{h, pads, func() { release(m, pads) }}, nil
}

// fillPads: a key longer than a block is hashed first.
func fillPads(h hashing, pads, k []byte) {
	size := len(pads) / 2
	clear(pads)
	if len(k) > size {
		d := h()
		d.Write(k)
		d.Sum(pads[:0])
		d.Reset()
	} else {
		copy(pads, k)
	}
	copy(pads[size:], pads[:size])
	for i := range size {
		pads[i] ^= 0x36
		pads[size+i] ^= 0x5c
	}
}

func (k *hmacKey) wipe() { k.erase() }

// mac writes whole blocks of key first: the hash takes them straight from the room.
func (k *hmacKey) mac(dst, message []byte) ([]byte, error) { return k.sum(dst, message), nil }

func (k *hmacKey) sum(dst []byte, parts ...[]byte) []byte {
	d, size := k.hash(), len(k.pads)/2
	d.Write(k.pads[:size])
	for _, p := range parts {
		d.Write(p)
	}
	inner := d.Sum(make([]byte, 0, 64))
	d.Reset()
	d.Write(k.pads[size:])
	d.Write(inner)
	dst = d.Sum(dst)
	d.Reset()
	clear(inner)
	return dst
}

// hkdfKey is a key to derive others from (RFC 5869).
type hkdfKey struct {
	hash   hashing
	memory Memory
	secret []byte
}

func openHKDF(h hashing) func(Memory, []byte) (material, error) {
	return func(m Memory, k []byte) (material, error) {
		room, err := m.Room(len(k))
		if err != nil {
			return nil, err
		}
		copy(room, k)
		return &hkdfKey{h, m, room}, nil
	}
}

func (k *hkdfKey) wipe() { release(k.memory, k.secret) }

func (k *hkdfKey) derive(dst, salt, info []byte) error {
	return hkdf(k.memory, k.hash, dst, k.secret, salt, info)
}

var errLength = errors.New("hkdf: too much is asked for")

// hkdf fills dst, which lies in secret memory as secret does: extract and expand
// of RFC 5869.
func hkdf(m Memory, h hashing, dst, secret, salt, info []byte) error {
	size := h().Size()
	if len(dst) > 255*size {
		return errLength
	}
	extract, err := newHMAC(m, h, salt)
	if err != nil {
		return err
	}
	defer extract.wipe()
	return withRoom(m, 2*size, func(room []byte) error {
		prk := extract.sum(room[:0:size], secret)
		expand, err := newHMAC(m, h, prk)
		if err != nil {
			return err
		}
		defer expand.wipe()
		var last []byte
		for i := byte(1); len(dst) > 0; i++ {
			last = expand.sum(room[size:size:2*size], last, info, []byte{i})
			dst = dst[copy(dst, last):]
		}
		return nil
	})
}

func equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
