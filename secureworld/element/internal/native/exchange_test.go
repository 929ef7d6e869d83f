package native_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/element/conformance"
	"github.com/strongroom-pos/strongroom/secureworld/element/internal/native"
)

// X9.24-3 supplement: the initial key of the published base derivation key.
func TestThePublishedInitialKeyIsDerived(t *testing.T) {
	var file struct {
		BDK     string
		ID      string `json:"initial_key_id"`
		Initial string `json:"initial_key"`
	}
	if !conformance.ReadVectors(t, "dukpt_aes128.json", &file) {
		return
	}
	each(t, func(t *testing.T, b native.Bare) {
		got, err := b.Initial(conformance.Hex(t, file.BDK), conformance.Hex(t, file.ID))
		if err != nil || len(got) == 0 || !bytes.Equal(got, conformance.Hex(t, file.Initial)) {
			t.Errorf("another initial key: %v", err)
		}
	})
}

// A published block is made again from its header, its key and the fill in it.
func TestPublishedKeyBlocksAreMade(t *testing.T) {
	var file struct {
		Valid []struct{ KBPK, Block, Key string }
	}
	if !conformance.ReadVectors(t, "tr31.json", &file) {
		return
	}
	each(t, func(t *testing.T, b native.Bare) {
		made := 0
		for _, v := range file.Valid {
			if v.Block[0] != 'D' || v.Block[7] != 'A' {
				continue // of other versions, or no AES key
			}
			made++
			kbpk, key := conformance.Hex(t, v.KBPK), conformance.Hex(t, v.Key)
			header, rest := v.Block[:16], conformance.Hex(t, v.Block[16:])
			fill := fillOf(t, kbpk, rest)[2+len(key):]
			if got, err := b.Wrap(kbpk, header, key, fill); err != nil || got != v.Block {
				t.Errorf("another block: %v", err)
			}
		}
		if made == 0 {
			t.Error("no key block is made")
		}
	})
}

// fillOf deciphers what follows the header.
func fillOf(t *testing.T, kbpk, rest []byte) []byte {
	t.Helper()
	b, err := aes.NewCipher(kbpk)
	if err != nil {
		t.Fatal(err)
	}
	var derived []byte
	for i := range byte(2) {
		derived = cmac.Sum(derived, b, []byte{i + 1, 0, 0, 0, 0, 4, 1, 0})
	}
	if b, err = aes.NewCipher(derived); err != nil {
		t.Fatal(err)
	}
	at := len(rest) - aes.BlockSize
	out := make([]byte, at)
	cipher.NewCBCDecrypter(b, rest[at:]).CryptBlocks(out, rest[:at])
	return out
}
