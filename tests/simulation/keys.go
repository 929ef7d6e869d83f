package main

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
)

// Keys are the same in every world and secret from nobody: they are made from these
// words.
var (
	hostBDK   = filled(0x10)
	pinBDK    = filled(0x20)
	readerBDK = filled(0x30)
	tokenKey  = filled(0x50)
	issuerAC  = filled(0x60)[:16]
	issuerSMI = filled(0x70)[:16]
	reference = aesOf(filled(0x80))
)

const (
	hostBDKID   = 0x11112222
	pinBDKID    = 0x33334444
	readerBDKID = 0x55556666
)

func filled(b byte) []byte {
	k := make([]byte, 32)
	for i := range k {
		k[i] = b + byte(i)
	}
	return k
}

func aesOf(key []byte) cipher.Block {
	b, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	return b
}

func gcmOf(key []byte) cipher.AEAD {
	a, err := cipher.NewGCM(aesOf(key))
	if err != nil {
		panic(err)
	}
	return a
}

// device is the initial key of one device, and its id.
type device struct {
	id      [8]byte
	initial [32]byte
}

func newDevice(bdk []byte, bdkID uint32, n int) device {
	var d device
	binary.BigEndian.PutUint32(d.id[:], bdkID)
	binary.BigEndian.PutUint32(d.id[4:], uint32(n+1))
	if err := receiver.InitialKey(d.initial[:], bdk, dukpt.AES256, d.id); err != nil {
		panic(err)
	}
	return d
}

// at derives the transaction of a counter.
func (d *device) at(counter uint32) *dukpt.Transaction {
	ksn, err := dukpt.NewKSN(d.id, counter)
	if err != nil {
		panic(err)
	}
	t, err := receiver.Transaction(d.initial[:], dukpt.AES256, ksn, make([]byte, dukpt.RoomTransaction))
	if err != nil {
		panic(err)
	}
	return t
}

// working is one working key of a transaction.
func working(t *dukpt.Transaction, usage func(*dukpt.Transaction, []byte, dukpt.KeyType) error) []byte {
	key := make([]byte, 32)
	if err := usage(t, key, dukpt.AES256); err != nil {
		panic(err)
	}
	return key
}

// counterAfter is the next counter that a transaction can have.
func counterAfter(c uint32) uint32 {
	if c == 0 {
		return 1
	}
	n, ok := dukpt.NextCounter(c)
	if !ok {
		panic("simulation: a key is used up")
	}
	return n
}
