// Package schedule makes expanded cipher objects that live in memory which the
// caller provides, usually memfd_secret memory, and that can be erased.
//
// The standard library expands a key into an object on the Go heap, where a
// memory scraper finds it and nothing ever clears it. These constructors move
// the object into the caller's room, clear the heap copy at once and return a
// func that erases the schedule.
//
// Moving is a bitwise copy, which is only sound for objects without pointers.
// It is guarded twice, for each cipher: by reflection (no pointer at any
// depth) and by known answers computed through a moved object. Where a guard
// fails (another Go, another processor) the object stays on the heap, gives the
// same answers, and SelfTest says so.
//
// Known hole: between expansion and clearing, well under a microsecond, the
// schedule does stand on the heap.
//
// Every world but the app world may import it. It must never keep a key.
package schedule

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/fips140"
	"errors"
	"unsafe"
)

// Bytes of room that each constructor needs: the object (488, 760 and 384
// bytes with Go 1.26 on 64 bits), some growth, and up to 63 for alignment.
const (
	RoomAES  = 576
	RoomGCM  = 1024
	RoomTDES = 512
)

var errRoom = errors.New("schedule: the room for the cipher is too small")

// NewAES expands key (16, 24 or 32 bytes) into room. With a nil room the object
// stays on the heap. The returned func erases the expanded key; neither the
// cipher may be used nor the room be reused before it was called. The room must
// stay mapped while the cipher is in use.
func NewAES(key, room []byte) (cipher.Block, func(), error) {
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, errors.New("schedule: not the length of an AES key")
	}
	return place(b, aesLayout(), room, RoomAES)
}

// EraseAES clears the schedule of b, which aes.NewCipher made: for whoever uses a
// key for some blocks only and cannot spare the time of a move.
func EraseAES(b cipher.Block) {
	if l := aesErasure(); l.plain && words(&b)[0] == l.tab {
		clear(unsafe.Slice((*byte)(words(&b)[1]), l.size))
	}
}

// NewGCM expands key (16, 24 or 32 bytes) into an AES-GCM object in room, with
// the standard sizes of nonce (12) and tag (16). Otherwise as NewAES.
func NewGCM(key, room []byte) (cipher.AEAD, func(), error) {
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, errors.New("schedule: not the length of an AES key")
	}
	a, err := newGCM(b)
	if err != nil {
		return nil, nil, err
	}
	a, erase, err := place(a, gcmLayout(), room, RoomGCM)
	if err != nil || gcmLayout().plain {
		eraseObject(b, aesLayout()) // the GCM object has its own copy
		return a, erase, err
	}
	return a, func() { erase(); eraseObject(b, aesLayout()) }, nil
}

// NewTDES expands key (16 bytes: K1 K2 K1, or 24) into room. Otherwise as
// NewAES. FIPS 140-3 does not approve of it: payment formats demand it.
func NewTDES(key, room []byte) (cipher.Block, func(), error) {
	var long [24]byte
	defer clear(long[:])
	switch len(key) {
	case 16:
		copy(long[copy(long[:], key):], key[:8])
	case 24:
		copy(long[:], key)
	default:
		return nil, nil, errors.New("schedule: not the length of a TDES key")
	}
	b, err := newTDES(&long)
	if err != nil {
		return nil, nil, err
	}
	return place(b, tdesLayout(), room, RoomTDES)
}

// newGCM lifts FIPS enforcement because the nonces are ours: a DUKPT key seals
// one message, and a repeated nonce needs a repeated key.
func newGCM(b cipher.Block) (a cipher.AEAD, err error) {
	fips140.WithoutEnforcement(func() { a, err = cipher.NewGCM(b) })
	return a, err
}

func newTDES(key *[24]byte) (b cipher.Block, err error) {
	fips140.WithoutEnforcement(func() { b, err = des.NewTripleDESCipher(key[:]) })
	return b, err
}
