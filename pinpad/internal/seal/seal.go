// Package seal makes a PIN block from the digits that were typed and the PAN
// that the payment application sealed for this one block (ISO 9564-1 format 4
// under the PIN encryption key of an AES-DUKPT transaction, ANSI X9.24-3), and
// seals a card that was keyed in for the payment application.
//
// Only the PIN pad imports it. PIN, PAN and working key are together in one
// object for the length of one call, and that object is cleared before it
// returns. It must never keep one of them, nor put one into an error.
package seal

import (
	"crypto/rand"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/pinblock"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// ErrPAN reports a sealed PAN that does not open for this order and device, or
// that holds something else.
var ErrPAN = errors.New("seal: the sealed PAN is refused")

// minPAN is the shortest PAN of a payment card; format 4 pads none then.
const minPAN = 12

// rooms is everything that a PIN block is made in.
type rooms struct {
	pan     [pinentry.MaxPAN + 16]byte
	card    [pinentry.KeyedSize + 16]byte
	gcm     [schedule.RoomGCM]byte
	key     [dukpt.RoomTransaction]byte
	working [32]byte
	aes     [schedule.RoomAES]byte
}

// Sealer makes PIN blocks with one device's keys.
type Sealer struct {
	Device *device.Device

	testOnlyRooms func(*rooms, bool) // sees the rooms before and after they are cleared
}

// PIN seals pin, 4 to 12 ASCII digits, for an order. It neither keeps nor
// changes pin. It returns device.ErrNoKey, dukpt.ErrExhausted, ErrPAN, or
// another error of the device.
func (s *Sealer) PIN(order pinentry.EnterPIN, pin []byte) (pinentry.Entered, error) {
	r := new(rooms)
	defer s.clear(r)
	e := pinentry.Entered{Order: order.Order}
	pan, err := s.openPAN(r, order)
	if err != nil {
		return pinentry.Entered{}, err
	}
	t, err := s.Device.Next(r.key[:])
	if err != nil {
		return pinentry.Entered{}, err
	}
	defer t.Wipe()
	e.KSN = t.KSN()
	if err := encode(&e, r, t, pin, pan); err != nil {
		return pinentry.Entered{}, err
	}
	return e, nil
}

func (s *Sealer) clear(r *rooms) {
	if s.testOnlyRooms != nil {
		s.testOnlyRooms(r, false)
	}
	*r = rooms{}
	if s.testOnlyRooms != nil {
		s.testOnlyRooms(r, true)
	}
}

// openPAN opens the PAN in r and returns its digits, a slice of r.
func (s *Sealer) openPAN(r *rooms, order pinentry.EnterPIN) (pan []byte, err error) {
	err = s.Device.UsePANKey(func(key []byte) error {
		aead, erase, err := schedule.NewGCM(key, r.gcm[:])
		if err != nil {
			return err
		}
		defer erase()
		copy(r.pan[:], order.SealedPAN[:])
		pan, err = aead.Open(r.pan[:0], pinentry.PANNonce(order.Counter), r.pan[:], pinentry.PANAAD(order.Order, s.Device.ID))
		return err
	})
	if err != nil {
		return nil, ErrPAN
	}
	return digits(pan)
}

// digits takes the zero bytes behind the PAN off and checks what is left.
func digits(padded []byte) ([]byte, error) {
	n := 0
	for n < len(padded) && padded[n] >= '0' && padded[n] <= '9' {
		n++
	}
	for _, b := range padded[n:] {
		if b != 0 {
			return nil, ErrPAN
		}
	}
	if n < minPAN {
		return nil, ErrPAN
	}
	return padded[:n], nil
}

// encode writes the block under the transaction's PIN encryption key.
func encode(e *pinentry.Entered, r *rooms, t *dukpt.Transaction, pin, pan []byte) error {
	if err := t.PINEncryptionKey(r.working[:], dukpt.AES256); err != nil {
		return err
	}
	block, erase, err := schedule.NewAES(r.working[:], r.aes[:])
	if err != nil {
		return err
	}
	defer erase()
	return pinblock.EncodeFormat4(e.Block[:], block, pin, pan, rand.Reader)
}
