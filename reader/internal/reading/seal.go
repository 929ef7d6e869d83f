package reading

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
)

// rooms holds everything that a seal works in, in one object that is cleared.
type rooms struct {
	key       [dukpt.RoomTransaction]byte
	account   [accountRoom]byte
	emv       [emvRoom]byte
	plaintext [sred.SealedSize]byte
}

// seal makes the envelope of this number from what the card has told so far. The
// key's counter is durable before the key exists.
func (t *transaction) seal(number uint8) (sred.Envelope, sred.Code) {
	room := new(rooms)
	defer func() { *room = rooms{} }()
	key, err := t.Device.Next(room.key[:])
	if err != nil {
		return sred.Envelope{}, sealCode(err)
	}
	defer key.Wipe()
	account, data := t.tx.AccountTLV(room.account[:0]), t.tx.HostTLV(room.emv[:0])
	plaintext, err := contents.Pack(room.plaintext[:], account, data)
	if err != nil || len(account) > accountRoom || len(data) > emvRoom {
		clear(account) // grew out of its room
		return sred.Envelope{}, sred.CodeInternal
	}
	e, err := sred.Seal(key, t.order.Digest, t.Device.ID, number, plaintext)
	if err != nil {
		return sred.Envelope{}, sred.CodeInternal
	}
	return e, sred.CodeNone
}

func sealCode(err error) sred.Code {
	if errors.Is(err, dukpt.ErrExhausted) {
		return sred.CodeKeyExhausted
	}
	return sred.CodeInternal
}
