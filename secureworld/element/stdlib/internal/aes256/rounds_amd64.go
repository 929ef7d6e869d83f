//go:build !purego && !stdaes

package aes256

// roundKeys are the round keys of one direction.
type roundKeys [rounds][BlockSize]byte

// derive enciphers the blocks (first, rest) and (second, rest), big endian, under key
// into out, which may be key.
//
//go:noescape
func derive(out, key *[KeySize]byte, first, second, rest uint64)

// pair does the same under a key that is expanded.
//
//go:noescape
func pair(k *roundKeys, out *[KeySize]byte, first, second, rest uint64)

// expand makes the round keys for enciphering.
//
//go:noescape
func expand(to *roundKeys, key *[KeySize]byte)

// invert makes those for deciphering from those for enciphering.
//
//go:noescape
func invert(to, from *roundKeys)

//go:noescape
func encrypt(k *roundKeys, dst, src *[BlockSize]byte)

// decrypt wants what invert made.
//
//go:noescape
func decrypt(k *roundKeys, dst, src *[BlockSize]byte)

// encryptTwice enciphers field, adds two words, big endian, and enciphers it again.
//
//go:noescape
func encryptTwice(k *roundKeys, field *[BlockSize]byte, left, right uint64)

// decryptTwice deciphers field, adds two words, big endian, and deciphers it again.
//
//go:noescape
func decryptTwice(k *roundKeys, field *[BlockSize]byte, left, right uint64)
