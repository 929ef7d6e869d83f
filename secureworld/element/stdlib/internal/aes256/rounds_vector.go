//go:build goexperiment.simd && amd64

package aes256

import "simd/archsimd"

type (
	block = archsimd.Uint8x16
	words = archsimd.Uint32x4
)

// spread is the part of the key schedule that adds each word to those after it:
// w0, w0+w1, w0+w1+w2, w0+w1+w2+w3 in two steps.
func spread(k block) block {
	var zero block
	k = k.Xor(k.ConcatShiftBytesRight(12, zero))
	return k.Xor(k.ConcatShiftBytesRight(8, zero))
}

// even makes the round key that follows a and b and has a round constant: the last
// word of b, rotated and substituted. FIPS 197, 5.2. The last round of AES without a
// key substitutes; of four equal columns it moves none. rotate says which bytes.
func even(a, b, rotate block, constant words) block {
	return spread(a).Xor(b.Permute(rotate).AESEncryptLastRound(constant))
}

// odd makes the round key after: the last word of a, substituted only.
func odd(b, a block) block {
	var none words
	return spread(b).Xor(a.AsUint32x4().PermuteScalars(3, 3, 3, 3).AsUint8x16().AESEncryptLastRound(none))
}

// rotation repeats the last word, its first byte behind.
func rotation() block {
	return archsimd.LoadUint8x16(&[16]uint8{13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12})
}

// one is the first round constant; each next is twice it.
func one() words { return archsimd.LoadUint32x4(&[4]uint32{1, 1, 1, 1}) }

func halves(key *[KeySize]byte) (a, b block) {
	return archsimd.LoadUint8x16((*[16]byte)(key[:16])), archsimd.LoadUint8x16((*[16]byte)(key[16:]))
}

// derive runs the key schedule beside its two blocks: nothing is stored but the
// result.
func derive(out, key, data *[KeySize]byte) {
	a, b := halves(key)
	x, y := halves(data)
	rotate, constant := rotation(), one()
	x, y = x.Xor(a), y.Xor(a)
	for range 6 {
		x, y = x.AESEncryptOneRound(b.AsUint32x4()), y.AESEncryptOneRound(b.AsUint32x4())
		a = even(a, b, rotate, constant)
		x, y = x.AESEncryptOneRound(a.AsUint32x4()), y.AESEncryptOneRound(a.AsUint32x4())
		b = odd(b, a)
		constant = constant.Add(constant)
	}
	x, y = x.AESEncryptOneRound(b.AsUint32x4()), y.AESEncryptOneRound(b.AsUint32x4())
	a = even(a, b, rotate, constant)
	x.AESEncryptLastRound(a.AsUint32x4()).Store((*[16]byte)(out[:16]))
	y.AESEncryptLastRound(a.AsUint32x4()).Store((*[16]byte)(out[16:]))
}

// expand stores the round keys for enciphering.
func expand(to *schedules, key *[KeySize]byte) {
	a, b := halves(key)
	rotate, constant := rotation(), one()
	a.Store(&to[0])
	b.Store(&to[1])
	for i := 2; i < rounds-1; i += 2 {
		a = even(a, b, rotate, constant)
		a.Store(&to[i])
		b = odd(b, a)
		b.Store(&to[i+1])
		constant = constant.Add(constant)
	}
	even(a, b, rotate, constant).Store(&to[rounds-1])
}

// invert makes the round keys of the equivalent inverse cipher (FIPS 197, 5.3.5).
func invert(to, from *schedules) {
	to[0], to[rounds-1] = from[rounds-1], from[0]
	for i := 1; i < rounds-1; i++ {
		k := archsimd.LoadUint8x16(&from[rounds-1-i]).AsUint32x4()
		k.AESInvMixColumns().AsUint8x16().Store(&to[i])
	}
}

func encrypt(k *schedules, dst, src *[BlockSize]byte) {
	x := archsimd.LoadUint8x16(src).Xor(archsimd.LoadUint8x16(&k[0]))
	for i := 1; i < rounds-1; i++ {
		x = x.AESEncryptOneRound(archsimd.LoadUint8x16(&k[i]).AsUint32x4())
	}
	x.AESEncryptLastRound(archsimd.LoadUint8x16(&k[rounds-1]).AsUint32x4()).Store(dst)
}

func decrypt(k *schedules, dst, src *[BlockSize]byte) {
	x := archsimd.LoadUint8x16(src).Xor(archsimd.LoadUint8x16(&k[0]))
	for i := 1; i < rounds-1; i++ {
		x = x.AESDecryptOneRound(archsimd.LoadUint8x16(&k[i]).AsUint32x4())
	}
	x.AESDecryptLastRound(archsimd.LoadUint8x16(&k[rounds-1]).AsUint32x4()).Store(dst)
}
