package engine

import (
	"crypto/cipher"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

const aesKeySize = 32

// operations does what the door asks for.
type operations struct{ ring *ring }

func newOperations(r *ring) *operations { return &operations{ring: r} }

// Status tells how many keys are loaded.
func (o *operations) Status(element.Status) (element.Health, error) {
	return element.Health{Ready: o.ring.count > 0, Keys: o.ring.count}, nil
}

// workingKey derives one working key and calls use with it; all that was derived
// is cleared afterwards.
func workingKey(
	bdks map[[4]byte]sensitive.Bytes, k element.KSN,
	derive func(*dukpt.Transaction, []byte, dukpt.KeyType) error, use func(key []byte) error,
) error {
	bdk, ok := bdks[[4]byte(k[:4])]
	ksn, err := dukpt.ParseKSN(k[:])
	if !ok || err != nil {
		return element.CodeKey
	}
	var initial, key [aesKeySize]byte
	room := make([]byte, dukpt.RoomTransaction)
	defer func() { clear(initial[:]); clear(key[:]); clear(room) }()
	bdk.Use(func(b []byte) { err = receiver.InitialKey(initial[:], b, dukpt.AES256, ksn.InitialKeyID()) })
	if err != nil {
		return element.CodeInternal
	}
	t, err := receiver.Transaction(initial[:], dukpt.AES256, ksn, room)
	if err != nil {
		return element.CodeInternal
	}
	defer t.Wipe()
	if derive(t, key[:], dukpt.AES256) != nil {
		return element.CodeInternal
	}
	return use(key[:])
}

// OpenAccount opens what a terminal sealed. The nonce is of zeros because the
// key seals one message.
func (o *operations) OpenAccount(r element.OpenAccount) (a element.Account, err error) {
	err = workingKey(o.ring.terminals, r.KSN, (*dukpt.Transaction).DataEncryptionKey, func(key []byte) error {
		gcm, erase, err := schedule.NewGCM(key, nil)
		if err != nil {
			return err
		}
		defer erase()
		a.Data, err = gcm.Open(nil, make([]byte, gcm.NonceSize()), r.Sealed, r.KSN[:])
		if err != nil {
			return element.CodeSeal
		}
		return nil
	})
	return a, err
}

// MACVerify verifies what a terminal authenticated.
func (o *operations) MACVerify(r element.MACVerify) (v element.Verified, err error) {
	return v, workingKey(o.ring.terminals, r.KSN, (*dukpt.Transaction).MACGenerationKey, func(key []byte) error {
		return withAES(key, func(b cipher.Block) error {
			if !cmac.Verify(b, r.MAC[:], r.Data) {
				return element.CodeSeal
			}
			return nil
		})
	})
}

// MACGenerate authenticates an answer to a terminal.
func (o *operations) MACGenerate(r element.MACGenerate) (m element.MAC, err error) {
	err = workingKey(o.ring.terminals, r.KSN, (*dukpt.Transaction).MACVerificationKey, func(key []byte) error {
		return withAES(key, func(b cipher.Block) error {
			copy(m.MAC[:], cmac.Sum(nil, b, r.Data))
			return nil
		})
	})
	return m, err
}

func withAES(key []byte, use func(cipher.Block) error) error {
	b, erase, err := schedule.NewAES(key, nil)
	if err != nil {
		return err
	}
	defer erase()
	return use(b)
}
