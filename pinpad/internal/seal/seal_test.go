package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"testing"
	"unsafe"

	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device/devicetest"
)

func TestPANAndKeysAreGoneWhenTheBlockIsMade(t *testing.T) {
	w := devicetest.New(t, orderauth.DoorPINEntry)
	d, err := device.Open(w.Dir, orderauth.DoorPINEntry)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Load([8]byte{1}, devicetest.Random(32)); err != nil {
		t.Fatal(err)
	}
	const pan = "4761739001010010"
	order := pinentry.EnterPIN{Counter: 1}
	block, _ := aes.NewCipher(w.PAN)
	gcm, _ := cipher.NewGCM(block)
	var plain [pinentry.MaxPAN]byte
	copy(plain[:], pan)
	copy(order.SealedPAN[:], gcm.Seal(nil, pinentry.PANNonce(1), plain[:], pinentry.PANAAD(order.Order, w.ID)))

	var before, after []byte
	s := Sealer{Device: d, testOnlyRooms: func(r *rooms, cleared bool) {
		all := bytes.Clone(unsafe.Slice((*byte)(unsafe.Pointer(r)), unsafe.Sizeof(*r)))
		if cleared {
			after = all
		} else {
			before = all
		}
	}}
	if _, err := s.PIN(order, []byte("1234")); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(before, []byte(pan)) {
		t.Fatal("the check below cannot fail")
	}
	if !bytes.Equal(after, make([]byte, len(after))) {
		t.Fatal("something was left behind")
	}
}
