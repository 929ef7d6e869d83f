package plaindukpt

import (
	"bytes"
	"crypto/rand"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
)

// The product's receiver is held to the standard's vectors; this one to it.
func TestPlainDerivationAgreesWithTheReceiver(t *testing.T) {
	initial, id := make([]byte, 32), [8]byte{1, 2, 3, 4, 5, 6, 7, 8}
	_, _ = rand.Read(initial)
	for _, counter := range []uint32{1, 2, 3, 0x1234, 0x80000000, 0xFFFF0000} {
		ksn, err := dukpt.NewKSN(id, counter)
		if err != nil {
			t.Fatal(err)
		}
		tx, err := receiver.Transaction(initial, dukpt.AES256, ksn, make([]byte, dukpt.RoomTransaction))
		if err != nil {
			t.Fatal(err)
		}
		for usage, ours := range map[Usage]func([]byte, dukpt.KeyType) error{
			PINEncryption: tx.PINEncryptionKey, MACGeneration: tx.MACGenerationKey,
			MACVerification: tx.MACVerificationKey, DataEncryption: tx.DataEncryptionKey,
		} {
			want := make([]byte, 32)
			if err := ours(want, dukpt.AES256); err != nil {
				t.Fatal(err)
			}
			key, err := Transaction(initial, id, counter)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := Working(key, usage, id, counter); err != nil || !bytes.Equal(got, want) {
				t.Errorf("counter %X, usage %X: another key, %v", counter, usage, err)
			}
		}
	}
}
