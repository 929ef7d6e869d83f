package tdes

import "encoding/binary"

// BlockSize is that of DES.
func (k *Key) BlockSize() int { return BlockSize }

// Encrypt enciphers the first block of src into dst.
func (k *Key) Encrypt(dst, src []byte) {
	l, r := begin(src)
	l, r = forward(&k.outer, l, r)
	if !k.single {
		r, l = backward(&k.inner, r, l)
		l, r = forward(&k.outer, l, r)
	}
	end(dst, l, r)
}

// Decrypt deciphers the first block of src into dst.
func (k *Key) Decrypt(dst, src []byte) {
	l, r := begin(src)
	l, r = backward(&k.outer, l, r)
	if !k.single {
		r, l = forward(&k.inner, r, l)
		l, r = backward(&k.outer, l, r)
	}
	end(dst, l, r)
}

// forward runs the rounds, two at a time, and leaves the halves where they are: their
// last exchange and the first of a cipher that follows cancel out.
func forward(k *subkeys, l, r uint32) (uint32, uint32) {
	for i := 0; i < rounds; i += 2 {
		l ^= uint32(feistel(r, &k[i]))
		r ^= uint32(feistel(l, &k[i+1]))
	}
	return l, r
}

func backward(k *subkeys, l, r uint32) (uint32, uint32) {
	for i := rounds - 1; i > 0; i -= 2 {
		l ^= uint32(feistel(r, &k[i]))
		r ^= uint32(feistel(l, &k[i-1]))
	}
	return l, r
}

// begin is the initial permutation: five exchanges between the halves.
func begin(src []byte) (l, r uint32) {
	l, r = binary.BigEndian.Uint32(src), binary.BigEndian.Uint32(src[4:])
	l, r = across(l, r, 4, 0x0f0f0f0f)
	l, r = across(l, r, 16, 0x0000ffff)
	r, l = across(r, l, 2, 0x33333333)
	r, l = across(r, l, 8, 0x00ff00ff)
	l, r = across(l, r, 1, 0x55555555)
	return l, r
}

// end exchanges the halves and undoes the initial permutation.
func end(dst []byte, r, l uint32) {
	l, r = across(l, r, 1, 0x55555555)
	r, l = across(r, l, 8, 0x00ff00ff)
	r, l = across(r, l, 2, 0x33333333)
	l, r = across(l, r, 16, 0x0000ffff)
	l, r = across(l, r, 4, 0x0f0f0f0f)
	binary.BigEndian.PutUint32(dst, l)
	binary.BigEndian.PutUint32(dst[4:], r)
}

// across swaps bits of r with those of l that lie by distance above them.
func across(l, r uint32, distance int, mask uint32) (uint32, uint32) {
	t := (l>>distance ^ r) & mask
	return l ^ t<<distance, r ^ t
}
