package qr

// multiply is that of the field of 256 elements with the polynomial
// x^8 + x^4 + x^3 + x^2 + 1.
func multiply(a, b byte) byte {
	var product byte
	for ; b > 0; b >>= 1 {
		if b&1 == 1 {
			product ^= a
		}
		carry := a >> 7
		a = a<<1 ^ carry*0x1d
	}
	return product
}

// generator is the product of (x - 2^i) for i below n, without its leading 1.
func generator(n int) []byte {
	g := make([]byte, n)
	g[n-1] = 1
	root := byte(1)
	for range n {
		for i := range g {
			g[i] = multiply(g[i], root)
			if i+1 < n {
				g[i] ^= g[i+1]
			}
		}
		root = multiply(root, 2)
	}
	return g
}

// correct is the remainder of data, shifted by n codewords, by the generator.
func correct(data []byte, n int) []byte {
	g, rest := generator(n), make([]byte, n)
	for _, d := range data {
		factor := d ^ rest[0]
		copy(rest, rest[1:])
		rest[n-1] = 0
		for i := range rest {
			rest[i] ^= multiply(g[i], factor)
		}
	}
	return rest
}
