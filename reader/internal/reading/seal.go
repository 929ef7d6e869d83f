package reading

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// Entry modes, 9F39: the first two digits of DE 22.
const (
	entryChip              byte = 0x05
	entryContactless       byte = 0x07
	entryFallback          byte = 0x80
	entryStripe            byte = 0x90
	entryContactlessStripe byte = 0x91
)

// A source is what a card's data come from: a kernel, or a stripe.
type source interface {
	AccountTLV(dst []byte) []byte
	HostTLV(dst []byte) []byte
}

// A reading is a source with how it came in.
type reading struct {
	source
	entry byte
	cvm   []byte // contents.TagOutcomeCVM; nil at the contact chip, whose CVM is in 9F34
}

// hostTLV is the source's data and how they came in.
func (d reading) hostTLV(dst []byte) []byte {
	dst = tlv.Append(d.HostTLV(dst), tlv.Tag9F39POSEntryMode, []byte{d.entry})
	if d.cvm != nil {
		dst = tlv.Append(dst, contents.TagOutcomeCVM, d.cvm)
	}
	return dst
}

// rooms holds everything that a seal works in, in one object that is cleared.
type rooms struct {
	key       [dukpt.RoomTransaction]byte
	account   [accountRoom]byte
	emv       [emvRoom]byte
	plaintext [sred.SealedSize]byte
}

// seal makes the envelope of this number from what the card has told so far. The
// key's counter is durable before the key exists.
func (r *Reader) seal(o *Order, number uint8, d reading) (sred.Envelope, sred.Code) {
	room := new(rooms)
	defer func() { *room = rooms{} }()
	key, err := r.Device.Next(room.key[:])
	if err != nil {
		return sred.Envelope{}, sealCode(err)
	}
	defer key.Wipe()
	account, data := d.AccountTLV(room.account[:0]), d.hostTLV(room.emv[:0])
	plaintext, err := contents.Pack(room.plaintext[:], account, data)
	if err != nil || len(account) > accountRoom || len(data) > emvRoom {
		clear(account) // grew out of its room
		return sred.Envelope{}, sred.CodeInternal
	}
	e, err := sred.Seal(key, o.Digest, r.Device.ID, number, plaintext)
	if err != nil {
		return sred.Envelope{}, sred.CodeInternal
	}
	return e, sred.CodeNone
}

// chainRooms is rooms for a certificate chain, whose static data hold account
// data.
type chainRooms struct {
	key       [dukpt.RoomTransaction]byte
	account   [accountRoom]byte
	chain     [chainRoom]byte
	plaintext [sred.SealedChainSize]byte
}

// sealChain makes the envelope of a certificate chain.
func (r *Reader) sealChain(o *Order, account, chain func(dst []byte) []byte) (sred.ChainEnvelope, sred.Code) {
	room := new(chainRooms)
	defer func() { *room = chainRooms{} }()
	key, err := r.Device.Next(room.key[:])
	if err != nil {
		return sred.ChainEnvelope{}, sealCode(err)
	}
	defer key.Wipe()
	a, c := account(room.account[:0]), chain(room.chain[:0])
	plaintext, err := contents.PackChain(room.plaintext[:], a, c)
	if err != nil || len(a) > accountRoom || len(c) > chainRoom {
		clear(a)
		clear(c)
		return sred.ChainEnvelope{}, sred.CodeInternal
	}
	e, err := sred.SealChain(key, o.Digest, r.Device.ID, plaintext)
	if err != nil {
		return sred.ChainEnvelope{}, sred.CodeInternal
	}
	return e, sred.CodeNone
}

func sealCode(err error) sred.Code {
	if errors.Is(err, dukpt.ErrExhausted) {
		return sred.CodeKeyExhausted
	}
	return sred.CodeInternal
}
