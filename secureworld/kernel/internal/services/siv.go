package services

import (
	"crypto/cipher"
	"crypto/subtle"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
)

// siv is AES-SIV, RFC 5297: the first half of the key authenticates, the second
// encrypts. Equal messages give equal answers, which is its purpose; a caller that
// does not want that puts a random nonce into extra.
type siv struct{ first, second blockKey }

func openSIV(m Memory, k []byte) (material, error) {
	first, err := openBlock(m, k[:len(k)/2])
	if err != nil {
		return nil, err
	}
	second, err := openBlock(m, k[len(k)/2:])
	if err != nil {
		first.wipe()
		return nil, err
	}
	return &siv{first, second}, nil
}

func (s *siv) wipe() { s.first.wipe(); s.second.wipe() }

const sivSize = 16

var errSIV = errors.New("siv: does not open")

func (s *siv) seal(dst, plaintext, extra []byte) ([]byte, error) {
	v := s.s2v(plaintext, components(extra)...)
	dst = append(dst, v...)
	return s.stream(dst, v, plaintext), nil
}

func (s *siv) open(dst, sealed, extra []byte) ([]byte, error) {
	if len(sealed) < sivSize {
		return nil, errSIV
	}
	begin := len(dst)
	dst = s.stream(dst, sealed[:sivSize], sealed[sivSize:])
	if subtle.ConstantTimeCompare(s.s2v(dst[begin:], components(extra)...), sealed[:sivSize]) != 1 {
		clear(dst[begin:])
		return nil, errSIV
	}
	return dst, nil
}

// components: no extra is no component, which differs from an empty one.
func components(extra []byte) [][]byte {
	if len(extra) == 0 {
		return nil
	}
	return [][]byte{extra}
}

// stream is RFC 5297, 2.6: CTR from V with bits 31 and 63 cleared.
func (s *siv) stream(dst, v, data []byte) []byte {
	counter := append([]byte(nil), v...)
	counter[8] &= 0x7f
	counter[12] &= 0x7f
	dst = append(dst, data...)
	cipher.NewCTR(foreign{s.second.Block}, counter).XORKeyStream(dst[len(dst)-len(data):], data)
	return dst
}

// s2v is RFC 5297, 2.4: the components and at last the plaintext.
func (s *siv) s2v(plaintext []byte, components ...[]byte) []byte {
	d := cmac.Sum(nil, s.first.Block, make([]byte, sivSize))
	for _, c := range components {
		double(d)
		subtle.XORBytes(d, d, cmac.Sum(nil, s.first.Block, c))
	}
	if n := len(plaintext) - sivSize; n >= 0 {
		var last [sivSize]byte
		subtle.XORBytes(last[:], plaintext[n:], d)
		return cmac.Sum(nil, s.first.Block, plaintext[:n], last[:])
	}
	double(d)
	var padded [sivSize]byte
	padded[copy(padded[:], plaintext)] = 0x80
	subtle.XORBytes(d, d, padded[:])
	return cmac.Sum(nil, s.first.Block, d)
}

// double multiplies by x in GF(2^128), RFC 5297, 2.3, in constant time.
func double(k []byte) {
	carry := -(k[0] >> 7)
	for i := range len(k) - 1 {
		k[i] = k[i]<<1 | k[i+1]>>7
	}
	k[len(k)-1] = k[len(k)-1]<<1 ^ 0x87&carry
}
