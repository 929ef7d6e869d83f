//go:build !amd64 || purego || stdaes

package aes256

// Vector reports whether this build and processor use vector registers.
func Vector() bool { return false }

// Key is an expanded key and a cipher.Block. Many goroutines may encipher and
// decipher at once; what changes the key is for one alone.
type Key struct{ standard }

// New prepares a Key in room, Room bytes of the caller's that it may leave
// unused.
func New([]byte) *Key { return &Key{} }

// Open expands a key, in place of one before.
func (k *Key) Open(key *[KeySize]byte) { k.erase(); k.open(key) }

// Erase clears what Open expanded.
func (k *Key) Erase() { k.erase() }

// BlockSize is that of AES.
func (k *Key) BlockSize() int { return BlockSize }

// Encrypt enciphers the first block of src into dst.
func (k *Key) Encrypt(dst, src []byte) { k.block.Encrypt(dst, src) }

// Decrypt deciphers the first block of src into dst.
func (k *Key) Decrypt(dst, src []byte) { k.block.Decrypt(dst, src) }

// EncryptTwice enciphers the first block of field, adds two words to it, in big-endian
// order, and enciphers it again: ISO 9564-1, format 4.
func (k *Key) EncryptTwice(field []byte, left, right uint64) { k.encryptTwice(field, left, right) }

// DecryptTwice is EncryptTwice the other way.
func (k *Key) DecryptTwice(field []byte, left, right uint64) { k.decryptTwice(field, left, right) }

// Derive enciphers the blocks (first, rest) and (second, rest), words in big-endian
// order, under key into out, which may be key: one step of a derivation. A key that is
// open is closed by it.
func (k *Key) Derive(out, key *[KeySize]byte, first, second, rest uint64) {
	k.erase()
	k.derive(out, key, first, second, rest)
}

// Pair is Derive under the key that is open, and leaves it so.
func (k *Key) Pair(out *[KeySize]byte, first, second, rest uint64) { k.pair(out, first, second, rest) }
