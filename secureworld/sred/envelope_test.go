package sred

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
)

func TestWhatIsPackedIsUnpacked(t *testing.T) {
	buf := bytes.Repeat([]byte{0xee}, SealedSize) // what lay there before must not show
	plain, err := Pack(buf, []byte("account"), []byte("emv"))
	if err != nil || len(plain) != PlaintextSize {
		t.Fatalf("%d bytes, %v", len(plain), err)
	}
	account, emv, err := Unpack(plain)
	if err != nil || string(account) != "account" || string(emv) != "emv" {
		t.Fatalf("%q %q %v", account, emv, err)
	}
}

func TestWhatDoesNotFitIsNotPacked(t *testing.T) {
	room := make([]byte, SealedSize)
	if _, err := Pack(room, make([]byte, 500), make([]byte, PlaintextSize-4-500)); err != nil {
		t.Fatalf("what just fits: %v", err)
	}
	if _, err := Pack(room, make([]byte, 500), make([]byte, PlaintextSize-3-500)); !errors.Is(err, ErrPlaintext) {
		t.Errorf("one byte too many: %v", err)
	}
	if _, err := Pack(room[:0:PlaintextSize], nil, nil); !errors.Is(err, ErrPlaintext) {
		t.Errorf("no room for the tag: %v", err)
	}
}

func TestPlaintextsOfAnotherFormAreRefused(t *testing.T) {
	form := func(change func(b []byte)) []byte {
		b := make([]byte, PlaintextSize)
		change(b)
		return b
	}
	for name, b := range map[string][]byte{
		"too short":                  make([]byte, PlaintextSize-1),
		"too long":                   make([]byte, PlaintextSize+1),
		"account past the end":       form(func(b []byte) { b[0] = 0xff }),
		"no room for the other part": form(func(b []byte) { b[0], b[1] = 0x03, 0xfe }),
		"emv past the end":           form(func(b []byte) { b[2] = 0xff }),
		"bytes behind":               form(func(b []byte) { b[PlaintextSize-1] = 1 }),
	} {
		if _, _, err := Unpack(b); !errors.Is(err, ErrPlaintext) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := Unpack(make([]byte, PlaintextSize)); err != nil {
		t.Errorf("two empty parts: %v", err)
	}
}

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
	plain, err := Pack(make([]byte, SealedSize), []byte("account data"), []byte("emv data"))
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
	if account, emv, err := Unpack(plain); err != nil || string(account) != "account data" || string(emv) != "emv data" {
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
	control, _ := Pack(make([]byte, SealedSize), []byte("account data"), nil)
	if !bytes.Contains(control, []byte("account")) {
		t.Fatal("the check above cannot fail")
	}
}

func FuzzCanonicalPlaintext(f *testing.F) {
	seed, _ := Pack(make([]byte, SealedSize), []byte("account"), []byte("emv"))
	f.Add(seed)
	f.Fuzz(func(t *testing.T, b []byte) {
		account, emv, err := Unpack(b)
		if err != nil {
			return
		}
		if again, err := Pack(make([]byte, SealedSize), account, emv); err != nil || !bytes.Equal(again, b) {
			t.Fatal("unpacked and packed to something else")
		}
	})
}
