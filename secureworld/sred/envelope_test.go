package sred

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
)

var (
	device = orderauth.DeviceID{1, 2, 3, 4, 5, 6, 7, 8}
	order  = OrderDigest([]byte("take"))
)

// sealed makes an envelope and the key that opens it: a second device that
// resumes the same state has the same transaction.
func sealed(t *testing.T) (Envelope, cipher.AEAD, []byte) {
	t.Helper()
	state := make([]byte, dukpt.StateSize)
	if _, err := dukpt.Load(state, device, dukpt.AES256, bytes.Repeat([]byte{5}, 32)); err != nil {
		t.Fatal(err)
	}
	twin := next(t, bytes.Clone(state))
	var key [WorkingKeySize]byte
	if err := twin.DataEncryptionKey(key[:], dukpt.AES256); err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		t.Fatal(err)
	}
	open, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := contents.Pack(make([]byte, SealedSize), []byte("account data"), []byte("emv data"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := Seal(next(t, state), order, device, NumberOnline, plain)
	if err != nil {
		t.Fatal(err)
	}
	return e, open, plain
}

func next(t *testing.T, state []byte) *dukpt.Transaction {
	t.Helper()
	d, err := dukpt.Resume(state)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := d.Next(make([]byte, dukpt.RoomTransaction), func([]byte) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

func TestASealedEnvelopeOpensUnderItsOwnKeyAndDataAlone(t *testing.T) {
	e, open, _ := sealed(t)
	plain, err := open.Open(nil, Nonce(), e.Sealed[:], AAD(order, device, e.KSN, NumberOnline))
	if err != nil {
		t.Fatal(err)
	}
	if account, emv, err := contents.Unpack(plain); err != nil || string(account) != "account data" || string(emv) != "emv data" {
		t.Fatalf("%q %q %v", account, emv, err)
	}
	ksn := e.KSN
	ksn[11] ^= 1
	for name, aad := range map[string][]byte{
		"another order":  AAD(OrderDigest([]byte("take!")), device, e.KSN, NumberOnline),
		"another device": AAD(order, orderauth.DeviceID{8}, e.KSN, NumberOnline),
		"another KSN":    AAD(order, device, ksn, NumberOnline),
		"another number": AAD(order, device, e.KSN, NumberVerify),
	} {
		if _, err := open.Open(nil, Nonce(), e.Sealed[:], aad); err == nil {
			t.Errorf("opened for %s", name)
		}
	}
}

func TestSealingLeavesNoPlaintextBehind(t *testing.T) {
	_, _, memory := sealed(t)
	if bytes.Contains(memory[:cap(memory)], []byte("account")) {
		t.Fatal("the buffer still holds what was sealed")
	}
	control, _ := contents.Pack(make([]byte, SealedSize), []byte("account data"), nil)
	if !bytes.Contains(control, []byte("account")) {
		t.Fatal("the check above cannot fail")
	}
}
