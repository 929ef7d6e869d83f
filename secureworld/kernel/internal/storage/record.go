package storage

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"io"
)

// Frame of a record, as the package comment draws it.
const (
	magic        = "SRS1"
	headSize     = 38
	nonceAt      = 26
	nonceSize    = 12
	tagSize      = 16
	checksumSize = 8
	frameSize    = headSize + tagSize + checksumSize
)

// Kinds of records.
const (
	kindRoot   = 1
	kindIndex  = 2
	kindObject = 3
)

// place is where a record belongs and which version of it this is.
type place struct {
	kind          byte
	space, object uint32
	version       uint64
}

// tag identifies one sealed content: whatever refers to a record names it.
type tag [tagSize]byte

// record is a framed one whose seal was not opened yet.
type record struct {
	place
	head []byte // additional data: everything before the nonce
	raw  []byte
}

func (r record) size() int     { return len(r.raw) - frameSize }
func (r record) nonce() []byte { return r.raw[nonceAt:headSize] }
func (r record) sealed() []byte {
	return r.raw[headSize : len(r.raw)-checksumSize]
}
func (r record) tag() tag { return tag(r.raw[len(r.raw)-checksumSize-tagSize:]) }

// newHead lays out the head of a record of n bytes, with a fresh nonce. Nonces
// are random: 2^32 of them under one key are within SP 800-38D, 8.3, and a space
// changes its version at each.
func newHead(p place, n int) ([]byte, error) {
	b := make([]byte, 0, frameSize+n)
	b = append(b, magic...)
	b = binary.BigEndian.AppendUint32(b, uint32(n))
	b = append(b, p.kind, 0)
	b = binary.BigEndian.AppendUint32(b, p.space)
	b = binary.BigEndian.AppendUint32(b, p.object)
	b = binary.BigEndian.AppendUint64(b, p.version)
	b = b[:headSize]
	_, err := io.ReadFull(rand.Reader, b[nonceAt:])
	return b, err
}

func checksum(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:checksumSize]
}

// parse checks the frame of a record. It says nothing about who made it.
func parse(b []byte) (record, error) {
	if err := intact(b); err != nil {
		return record{}, err
	}
	r := record{raw: b, head: b[:nonceAt], place: place{
		kind: b[8], space: binary.BigEndian.Uint32(b[10:]),
		object: binary.BigEndian.Uint32(b[14:]), version: binary.BigEndian.Uint64(b[18:]),
	}}
	if r.kind < kindRoot || r.kind > kindObject || b[9] != 0 {
		return record{}, ErrFormat
	}
	return r, nil
}

// intact tells a record that was cut from one that was changed and from one of
// another format.
func intact(b []byte) error {
	if len(b) < frameSize {
		return ErrTruncated
	}
	whole := string(checksum(b[:len(b)-checksumSize])) == string(b[len(b)-checksumSize:])
	said := uint64(binary.BigEndian.Uint32(b[4:])) + frameSize
	switch {
	case whole && string(b[:4]) != magic:
		return ErrFormat
	case whole && said == uint64(len(b)):
		return nil
	case !whole && string(b[:4]) == magic && said > uint64(len(b)) && !damagedSize(b):
		return ErrTruncated
	}
	return ErrDamaged
}

// damagedSize reports whether the size field alone is wrong.
func damagedSize(b []byte) bool {
	c := append([]byte(nil), b...)
	binary.BigEndian.PutUint32(c[4:], uint32(len(b)-frameSize))
	return string(checksum(c[:len(c)-checksumSize])) == string(c[len(c)-checksumSize:])
}
