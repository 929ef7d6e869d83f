// Package journal is the secure world's append-only log: what must survive a
// power cut, in order, authenticated and chained.
//
// An entry is
//
//	length of the record (4) ‖ number (8) ‖ head tag (8) ‖ record ‖ tag (16)
//
// big endian, numbers from 1 without gaps. The tag is an AES-CMAC under the
// journal key over the tag before it, the number and the record, so no entry can
// be changed, left out, moved or added without the key. The head tag covers
// length and number in the same way, so that a changed length is not taken for
// an entry that a power cut left unfinished. What a whole older copy
// would hide is found out by the host, which knows the highest number it has
// seen.
//
// Append returns when the entry is on the disk. After any error the journal is
// dead: a file whose fsync failed may hold anything, and the kernel stops.
//
// The kernel and the simulation import it. Records hold no account data.
package journal

import (
	"crypto/cipher"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
)

const (
	headSize = 4 + 8 + headTag
	headTag  = 8
	tagSize  = 16
	// MaxRecord is above the largest record (an intent, some 3 KiB) and bounds
	// what a damaged length field can ask for.
	MaxRecord = 16 << 10
)

// Errors of a journal.
var (
	ErrDamaged = errors.New("journal: an entry does not verify")
	ErrDead    = errors.New("journal: stopped after a failed write")
	ErrTooLong = errors.New("journal: record too long")
)

// File is what a journal needs of the disk; tests bring one that fails.
type File interface {
	ReadAll() ([]byte, error)
	Append(b []byte) error // writes at the end, not yet durable
	Truncate(size int64) error
	Sync() error // makes everything durable, the directory entry included
}

// Journal is an open log. One caller appends.
type Journal struct {
	file   File
	key    cipher.Block
	tag    [tagSize]byte
	head   [32]byte
	length uint64
	dead   error
}

// Open reads the journal, calls each with every record in order, and returns it
// ready for more. An entry at the end that was being written when the power
// failed, and so was never acknowledged, is cut off; anything else that does not
// verify is ErrDamaged. key is AES under the journal key.
func Open(file File, key cipher.Block, each func(record []byte) error) (*Journal, error) {
	b, err := file.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("journal: reading: %w", err)
	}
	j := &Journal{file: file, key: key}
	rest := b
	for len(rest) > 0 && !j.torn(rest) {
		record, size, err := j.next(rest)
		if err != nil {
			return nil, err
		}
		if err := each(record); err != nil {
			return nil, fmt.Errorf("journal: entry %d: %w", j.length, err)
		}
		rest = rest[size:]
	}
	return j, j.cut(len(b)-len(rest), len(rest))
}

// torn reports whether b is the beginning of an entry that was not completed: its
// head is short or was never written, or its head is right and its end is
// missing or was never written.
func (j *Journal) torn(b []byte) bool {
	if len(b) < headSize || allZero(b) {
		return true
	}
	n := int(binary.BigEndian.Uint32(b))
	if n > MaxRecord || !j.headVerifies(b) {
		return false
	}
	size := headSize + n + tagSize
	return len(b) < size || len(b) == size && allZero(b[size-tagSize:])
}

func (j *Journal) headVerifies(b []byte) bool {
	want := j.signHead(binary.BigEndian.Uint32(b), j.length+1)
	return subtle.ConstantTimeCompare(want, b[12:headSize]) == 1
}

func (j *Journal) signHead(length uint32, number uint64) []byte {
	b := binary.BigEndian.AppendUint32([]byte("head"), length)
	return cmac.Sum(nil, j.key, j.tag[:], binary.BigEndian.AppendUint64(b, number))[:headTag]
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

func (j *Journal) next(b []byte) (record []byte, size int, err error) {
	n := int(binary.BigEndian.Uint32(b))
	if n > MaxRecord || !j.headVerifies(b) {
		return nil, 0, ErrDamaged
	}
	size = headSize + n + tagSize
	number := binary.BigEndian.Uint64(b[4:])
	record = b[headSize : headSize+n]
	tag := j.sign(j.length+1, record)
	if number != j.length+1 || subtle.ConstantTimeCompare(tag[:], b[headSize+n:size]) != 1 {
		return nil, 0, ErrDamaged
	}
	j.advance(tag, b[:size])
	return record, size, nil
}

func (j *Journal) sign(number uint64, record []byte) (tag [tagSize]byte) {
	cmac.Sum(tag[:0], j.key, j.tag[:], binary.BigEndian.AppendUint64(nil, number), record)
	return tag
}

func (j *Journal) advance(tag [tagSize]byte, entry []byte) {
	j.tag = tag
	j.head = sha256.Sum256(append(j.head[:], entry...))
	j.length++
}

func (j *Journal) cut(size, torn int) error {
	if torn == 0 {
		return nil
	}
	if err := j.file.Truncate(int64(size)); err != nil {
		return fmt.Errorf("journal: cutting off an unfinished entry: %w", err)
	}
	return j.file.Sync()
}

// Append adds records and returns when all of them are durable. They are written
// in one call and made durable once; a power cut in between leaves the first few
// of them whole.
func (j *Journal) Append(records ...[]byte) error {
	if j.dead != nil {
		return ErrDead
	}
	var b []byte
	for _, r := range records {
		if len(r) > MaxRecord {
			return ErrTooLong
		}
		tag := j.sign(j.length+1, r)
		e := j.entry(r, tag)
		j.advance(tag, e)
		b = append(b, e...)
	}
	if j.dead = j.store(b); j.dead != nil {
		return fmt.Errorf("journal: writing: %w", j.dead)
	}
	return nil
}

func (j *Journal) entry(record []byte, tag [tagSize]byte) []byte {
	e := binary.BigEndian.AppendUint32(nil, uint32(len(record)))
	e = binary.BigEndian.AppendUint64(e, j.length+1)
	e = append(e, j.signHead(uint32(len(record)), j.length+1)...)
	e = append(e, record...)
	return append(e, tag[:]...)
}

func (j *Journal) store(b []byte) error {
	if err := j.file.Append(b); err != nil {
		return err
	}
	return j.file.Sync()
}

// Head is a digest over all entries.
func (j *Journal) Head() [32]byte { return j.head }

// Length is the number of entries.
func (j *Journal) Length() uint64 { return j.length }
