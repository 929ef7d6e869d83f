//go:build !purego && !stdaes

package aes256

import "testing"

// TestAProcessorWithoutTheInstructionsGivesTheSame takes the way that such a
// processor takes.
func TestAProcessorWithoutTheInstructionsGivesTheSame(t *testing.T) {
	if !Vector() {
		t.Log("this processor has no AES instructions: there is one way only")
	}
	key := [KeySize]byte{1, 2, 3}
	one, other := New(make([]byte, Room)), New(make([]byte, Room))
	other.vector = false
	for _, k := range []*Key{one, other} {
		k.Open(&key)
	}
	answers := func(k *Key) (all [6][KeySize]byte) {
		k.Encrypt(all[0][:], key[:])
		k.Decrypt(all[1][:], key[:])
		k.EncryptTwice(all[2][:], 4, 5)
		k.DecryptTwice(all[3][:], 6, 7)
		k.Pair(&all[4], 8, 9, 10)
		k.Derive(&all[5], &key, 11, 12, 13)
		k.Erase()
		return all
	}
	if answers(one) != answers(other) {
		t.Error("the two ways part")
	}
	if one.BlockSize() != BlockSize {
		t.Error("the block has another size")
	}
}
