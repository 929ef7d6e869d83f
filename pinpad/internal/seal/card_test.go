package seal

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"testing"
	"time"
	"unsafe"

	"github.com/strongroom-pos/strongroom/pinpad/internal/entry"
	"github.com/strongroom-pos/strongroom/pinpad/internal/keypad"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device/devicetest"
)

func typed(t *testing.T, f *entry.Field, digits string) {
	t.Helper()
	keys := make(chan keypad.Key, len(digits)+1)
	for _, d := range []byte(digits) {
		keys <- keypad.Key(d)
	}
	keys <- keypad.OK
	limits := entry.Limits{BetweenKeys: time.Minute, Whole: time.Minute}
	if err := entry.Collect(context.Background(), f, keys, limits, func(int) {}); err != nil {
		t.Fatal(err)
	}
}

func TestACardIsSealedAsTheDoorHasItAndGoneThen(t *testing.T) {
	w := devicetest.New(t, orderauth.DoorPINEntry)
	d, err := device.Open(w.Dir, orderauth.DoorPINEntry)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var before, after []byte
	s := Sealer{Device: d, testOnlyRooms: func(r *rooms, cleared bool) {
		all := bytes.Clone(unsafe.Slice((*byte)(unsafe.Pointer(r)), unsafe.Sizeof(*r)))
		if cleared {
			after = all
		} else {
			before = all
		}
	}}
	order := pinentry.KeyCard{Order: pinentry.OrderID{3}, Counter: 7}
	card := new(entry.Card)
	card.Begin()
	if _, err := s.Card(order, card); err == nil {
		t.Error("sealed nothing")
	}
	if !bytes.Equal(after, make([]byte, len(after))) {
		t.Error("an order that fails leaves something behind")
	}
	typed(t, &card.Number, "378282246310005")
	typed(t, &card.Expiry, "1230")
	typed(t, &card.Code, "9876")
	k, err := s.Card(order, card)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := aes.NewCipher(w.Keyed)
	gcm, _ := cipher.NewGCM(block)
	plain, err := gcm.Open(nil, pinentry.KeyedNonce(7), k.Sealed[:], pinentry.PANAAD(order.Order, w.ID))
	if err != nil || string(plain) != "378282246310005\x00\x00\x00\x00"+"3012"+"9876" {
		t.Errorf("%q, %v", plain, err)
	}
	if !bytes.Contains(before, k.Sealed[:]) {
		t.Fatal("the check below cannot fail")
	}
	if !bytes.Equal(after, make([]byte, len(after))) {
		t.Fatal("something was left behind")
	}
}
