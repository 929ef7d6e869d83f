//go:build !(goexperiment.simd && amd64)

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

// Derive enciphers the two blocks of data under key into out, which may be key:
// one step of a derivation. A key that is open is closed by it.
func (k *Key) Derive(out, key, data *[KeySize]byte) { k.erase(); k.derive(out, key, data) }
