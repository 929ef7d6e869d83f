package offlinepin

import (
	"math/big"
	"math/bits"
)

// load takes an odd modulus and prepares what depends on it alone.
func (r *rooms) load(modulus []byte) {
	r.modulus.set(modulus)
	r.k = (len(modulus) + 7) / 8
	inverse := r.modulus[0] // right in its lowest three bits
	for range 5 {           // and in twice as many with each step
		inverse *= 2 - r.modulus[0]*inverse
	}
	r.minusInv = -inverse
	square := new(big.Int).Lsh(big.NewInt(1), uint(128*r.k))
	r.square.set(square.Mod(square, new(big.Int).SetBytes(modulus)).Bytes())
}

// raise raises the value to the exponent, 3 or 65537: square and multiply, one
// bit after the other but for the first.
func (r *rooms) raise(exponent []byte) {
	r.multiply(&r.base, &r.value, &r.square)
	r.value = r.base
	e := new(big.Int).SetBytes(exponent)
	for i := e.BitLen() - 2; i >= 0; i-- {
		r.multiply(&r.value, &r.value, &r.value)
		if e.Bit(i) == 1 {
			r.multiply(&r.value, &r.value, &r.base)
		}
	}
	r.multiply(&r.value, &r.value, &number{1})
}

// multiply sets dst to a*b/R modulo the modulus. Which limbs it touches, and in
// which order, depends on the modulus alone.
func (r *rooms) multiply(dst, a, b *number) {
	clear(r.sum[:])
	for i := range r.k {
		r.addProduct(a, b[i])
		r.reduce()
	}
	r.subtract(dst)
}

// addProduct adds a*b to the sum.
func (r *rooms) addProduct(a *number, b uint64) {
	var carry, c uint64
	for j := range r.k {
		r.sum[j], carry = mulAdd(a[j], b, r.sum[j], carry)
	}
	r.sum[r.k], c = bits.Add64(r.sum[r.k], carry, 0)
	r.sum[r.k+1] = c
}

// reduce adds a multiple of the modulus that makes the lowest limb zero, and
// drops that limb.
func (r *rooms) reduce() {
	var carry, c uint64
	m := r.sum[0] * r.minusInv
	_, carry = mulAdd(m, r.modulus[0], r.sum[0], 0)
	for j := 1; j < r.k; j++ {
		r.sum[j-1], carry = mulAdd(m, r.modulus[j], r.sum[j], carry)
	}
	r.sum[r.k-1], c = bits.Add64(r.sum[r.k], carry, 0)
	r.sum[r.k] = r.sum[r.k+1] + c
}

// subtract sets dst to the sum, less the modulus where it is not below that.
func (r *rooms) subtract(dst *number) {
	var borrow uint64
	for j := range r.k {
		r.reduced[j], borrow = bits.Sub64(r.sum[j], r.modulus[j], borrow)
	}
	_, borrow = bits.Sub64(r.sum[r.k], 0, borrow)
	keep := -borrow // all ones where the sum was below
	for j := range r.k {
		dst[j] = r.sum[j]&keep | r.reduced[j]&^keep
	}
}

// mulAdd is a*b + c + d, which fits two limbs.
func mulAdd(a, b, c, d uint64) (low, high uint64) {
	var carry uint64
	high, low = bits.Mul64(a, b)
	low, carry = bits.Add64(low, c, 0)
	high += carry
	low, carry = bits.Add64(low, d, 0)
	return low, high + carry
}
