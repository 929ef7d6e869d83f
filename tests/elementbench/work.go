package main

import (
	"crypto/aes"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
	"github.com/strongroom-pos/strongroom/secureworld/pinblock"
)

const (
	keySize   = 32
	pinBDKID  = "33334444"
	pan       = "4761739001010010"
	terminals = 32
	counters  = 255
)

// work is an element's keys, and translations by several PIN pads: one counter of all
// of them after the other.
type work struct {
	kbpk     []byte
	file     element.KeyFile
	bdk      []byte
	requests []element.TranslatePIN
}

func newWork() (*work, error) {
	w := &work{kbpk: random(keySize), bdk: random(keySize)}
	for _, k := range []struct {
		slot  element.Slot
		usage string
		mode  byte
		key   []byte
		id    string
	}{
		{element.SlotPINBDK, "B0", 'X', w.bdk, pinBDKID},
		{element.SlotTerminalBDK, "B0", 'X', random(keySize), "11112222"},
		{element.SlotZonePIN, "P0", 'B', random(keySize), ""},
	} {
		h := keyblock.Header{Version: 'D', Usage: k.usage, Algorithm: 'A', Mode: k.mode, KeyVersion: "00", Exportability: 'N'}
		b, err := keyblock.Wrap(w.kbpk, h, k.key, rand.Reader)
		if err != nil {
			return nil, err
		}
		w.file.Keys = append(w.file.Keys, element.KeyEntry{Slot: k.slot, Block: string(b), BDKID: k.id})
	}
	for counter := range uint32(counters) {
		for terminal := range uint32(terminals) {
			// Four one-bits above, four on average below.
			r, err := w.request(terminal, 0x00AA0000|counter+1)
			if err != nil {
				return nil, err
			}
			w.requests = append(w.requests, r)
		}
	}
	return w, nil
}

// request makes the PIN block of one transaction, as a PIN pad does.
func (w *work) request(terminal, counter uint32) (r element.TranslatePIN, err error) {
	var id [8]byte
	if _, err := hex.Decode(id[:4], []byte(pinBDKID)); err != nil {
		return r, err
	}
	binary.BigEndian.PutUint32(id[4:], terminal)
	ksn, err := dukpt.NewKSN(id, counter)
	if err != nil {
		return r, err
	}
	initial, key := make([]byte, keySize), make([]byte, keySize)
	if err := receiver.InitialKey(initial, w.bdk, dukpt.AES256, id); err != nil {
		return r, err
	}
	t, err := receiver.Transaction(initial, dukpt.AES256, ksn, make([]byte, dukpt.RoomTransaction))
	if err != nil {
		return r, err
	}
	defer t.Wipe()
	if err := t.PINEncryptionKey(key, dukpt.AES256); err != nil {
		return r, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return r, err
	}
	r = element.TranslatePIN{KSN: element.KSN(ksn), PAN: []byte(pan)}
	return r, pinblock.EncodeFormat4(r.Block[:], block, []byte("1234"), r.PAN, rand.Reader)
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}
