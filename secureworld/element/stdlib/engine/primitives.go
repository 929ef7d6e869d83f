package engine

import "github.com/strongroom-pos/strongroom/secureworld/element/stdlib/internal/aes256"

// BenchTranslate does the schedules and blocks of n PIN translations at eight
// one-bits, and nothing else: from a base derivation key that is expanded, ten keys
// of two blocks each, the last of them expanded for the PIN pad's block and erased,
// two blocks there and two under the zone's key, expanded too. It is what the engine's
// rate is held against.
func BenchTranslate(n int) {
	const derived = 9 // eight on the way, the working key; the initial key comes before
	var bdk, working, zone = newKey(), newKey(), newKey()
	var key [aes256.KeySize]byte
	bdk.Open(&key)
	zone.Open(&key)
	for i := range n {
		bdk.Pair(&key, 1, 2, uint64(i))
		for range derived {
			working.Derive(&key, &key, 1, 2, uint64(i))
		}
		working.Open(&key)
		block := key[:aes256.BlockSize]
		working.Decrypt(block, block)
		working.Decrypt(block, block)
		zone.Encrypt(block, block)
		zone.Encrypt(block, block)
		working.Erase()
	}
}

func newKey() *aes256.Key { return aes256.New(make([]byte, aes256.Room)) }
