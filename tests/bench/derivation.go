package main

import (
	"bytes"
	"crypto/rand"
	"errors"

	"github.com/strongroom-pos/strongroom/internal/plain/plaindukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
)

// Counters that cost the receiver most and least: it walks the one-bits, of
// which a counter has one to sixteen (ANSI X9.24-3).
const (
	worstCounter = 0xFFFF0000
	bestCounter  = 0x80000000
)

// measureDerivations derives the data key of a transaction from the device's
// initial key, as for each envelope: in the caller's memory and erased, against
// the same derivation written plainly, on the heap and left there.
func measureDerivations() ([]Row, error) {
	var rows []Row
	for _, c := range []struct {
		name    string
		counter uint32
	}{{"DUKPT data keys derived by the receiver, best counter", bestCounter},
		{"DUKPT data keys derived by the receiver, worst counter", worstCounter}} {
		r, err := measureDerivation(c.name, c.counter)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func measureDerivation(name string, counter uint32) (Row, error) {
	initial, id := make([]byte, 32), [8]byte{1, 2, 3, 4, 5, 6, 7, 8}
	if _, err := rand.Read(initial); err != nil {
		return Row{}, err
	}
	ksn, err := dukpt.NewKSN(id, counter)
	if err != nil {
		return Row{}, err
	}
	room, key := make([]byte, dukpt.RoomTransaction), make([]byte, 32)
	ours := func() error { return deriveDataKey(key, initial, ksn, room) }
	plain := func() error { _, err := plainDataKey(initial, id, counter); return err }
	if err := ours(); err != nil {
		return Row{}, err
	}
	if same, err := plainDataKey(initial, id, counter); err != nil || !bytes.Equal(same, key) {
		return Row{}, errors.New("the baseline derives another key")
	}
	a, b, err := rates(ours, plain)
	return row(name, "1/s", a, b), err
}

func deriveDataKey(dst, initial []byte, ksn dukpt.KSN, room []byte) error {
	tx, err := receiver.Transaction(initial, dukpt.AES256, ksn, room)
	if err != nil {
		return err
	}
	defer tx.Wipe()
	return tx.DataEncryptionKey(dst, dukpt.AES256)
}

// plainDataKey is the derivation as one would write it down.
func plainDataKey(initial []byte, id [8]byte, counter uint32) ([]byte, error) {
	key, err := plaindukpt.Transaction(initial, id, counter)
	if err != nil {
		return nil, err
	}
	return plaindukpt.Working(key, plaindukpt.DataEncryption, id, counter)
}
