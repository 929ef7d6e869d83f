package main

import (
	"context"
	"crypto/aes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/plain/secondterminal"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/pinblock"
)

// translation is one PIN block to be translated from a PIN pad's key to the
// issuer's zone.
type translation struct {
	bdk, zone, pan []byte
	ksn            dukpt.KSN
	block          element.PINBlock
}

// measureTranslations asks the secure element, a process of its own behind a
// Unix socket, one question after the other, against the same derivations and
// ciphers called in this process.
func measureTranslations(ctx context.Context, l *lane) ([]Row, error) {
	t, err := newTranslation(l)
	if err != nil {
		return nil, err
	}
	client := element.NewClient(l.host.Element, 1)
	defer client.Close()
	outside := func() error {
		_, err := client.TranslatePIN(ctx, element.TranslatePIN{KSN: element.KSN(t.ksn), Block: t.block, PAN: t.pan})
		return err
	}
	a, b, err := rates(outside, t.inProcess)
	return []Row{row("PIN translations through the element, against in-process", "1/s", a, b)}, err
}

func newTranslation(l *lane) (*translation, error) {
	keys, err := secondterminal.OpenElementKeys(filepath.Join(l.dir, ceremony.Worlds, "element"))
	if err != nil {
		return nil, err
	}
	t := &translation{pan: []byte(l.card.Profile.PAN)}
	for _, k := range keys {
		switch k.Slot {
		case element.SlotPINBDK:
			t.bdk = k.Value
			id, err := bdkID(k.BDKID)
			if err != nil {
				return nil, err
			}
			// Eight one-bits, half of the most: what a counter has on average.
			if t.ksn, err = dukpt.NewKSN(id, 0x00AAAA00); err != nil {
				return nil, err
			}
		case element.SlotZonePIN:
			t.zone = k.Value
		}
	}
	if t.bdk == nil || t.zone == nil {
		return nil, errors.New("the element lacks a key of PIN translation")
	}
	key, err := t.pinKey()
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return t, pinblock.EncodeFormat4(t.block[:], block, []byte(l.card.PIN), t.pan, rand.Reader)
}

func bdkID(text string) (id [8]byte, err error) {
	_, err = hex.Decode(id[:4], []byte(text))
	id[7] = 1
	return id, err
}

// pinKey derives from the base derivation key, as the element must for each
// block.
func (t *translation) pinKey() ([]byte, error) {
	initial := make([]byte, 32)
	if err := receiver.InitialKey(initial, t.bdk, dukpt.AES256, t.ksn.InitialKeyID()); err != nil {
		return nil, err
	}
	tx, err := receiver.Transaction(initial, dukpt.AES256, t.ksn, make([]byte, dukpt.RoomTransaction))
	if err != nil {
		return nil, err
	}
	defer tx.Wipe()
	key := make([]byte, 32)
	return key, tx.PINEncryptionKey(key, dukpt.AES256)
}

func (t *translation) inProcess() error {
	key, err := t.pinKey()
	if err != nil {
		return err
	}
	from, err := aes.NewCipher(key)
	if err != nil {
		return err
	}
	to, err := aes.NewCipher(t.zone)
	if err != nil {
		return err
	}
	return pinblock.Translate4(make([]byte, 16), from, to, t.block[:], t.pan, rand.Reader)
}
