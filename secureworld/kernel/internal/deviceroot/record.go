package deviceroot

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/secureworld/internal/fingerprint"
)

const (
	magic        = "SRD1"
	magicGuarded = "SRD2"
	checkSize    = 16
	headSize     = 14 + 2*checkSize
	guardSize    = 1 + 2*saltSize
	nonceSize    = 12
	tagSize      = 16
	wrappedSize  = nonceSize + keySize + tagSize
	shareSize    = 1 + wrappedSize
	checksumSize = 8
	frameSize    = headSize + tagSize + checksumSize
	maxRecord    = frameSize + guardSize + int(fingerprint.Count)*shareSize
)

// record is the device record.
type record struct {
	number           uint64
	needed           int
	kernel, terminal [checkSize]byte
	guard            guarded
	shares           []share
	mac              [tagSize]byte
}

// share is sealed for one part.
type share struct {
	place   fingerprint.Part
	wrapped [wrappedSize]byte
}

// signed is what the MAC is over.
func (r record) signed() []byte {
	form := magic
	if r.guard.protection != ByFile {
		form = magicGuarded
	}
	b := binary.BigEndian.AppendUint64([]byte(form), r.number)
	b = append(b, byte(r.needed), byte(len(r.shares)))
	b = append(append(b, r.kernel[:]...), r.terminal[:]...)
	if g := r.guard; g.protection != ByFile {
		b = append(append(append(b, byte(g.protection)), g.salt[:]...), g.check[:]...)
	}
	for _, s := range r.shares {
		b = append(append(b, byte(s.place)), s.wrapped[:]...)
	}
	return b
}

func (r record) encode() []byte {
	b := append(r.signed(), r.mac[:]...)
	return append(b, checksum(b)...)
}

func checksum(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:checksumSize]
}

// decode reads what encode wrote; what it accepts encodes to the same bytes. It
// says nothing about who made it.
func decode(b []byte) (r record, err error) {
	if len(b) < frameSize || len(b) > maxRecord {
		return r, ErrDamaged
	}
	body := b[:len(b)-checksumSize]
	if string(checksum(body)) != string(b[len(body):]) {
		return r, ErrDamaged
	}
	n, head := int(b[13]), headSize
	if string(b[:4]) == magicGuarded {
		head += guardSize
	}
	if head == headSize && string(b[:4]) != magic || len(b) != head-headSize+frameSize+n*shareSize {
		return r, ErrFormat
	}
	r = record{number: binary.BigEndian.Uint64(b[4:]), needed: int(b[12]),
		kernel: [checkSize]byte(b[14:]), terminal: [checkSize]byte(b[14+checkSize:]), mac: [tagSize]byte(body[len(body)-tagSize:])}
	if g := b[headSize:head]; len(g) != 0 {
		r.guard = guarded{Protection(g[0]), [saltSize]byte(g[1:]), [saltSize]byte(g[1+saltSize:])}
		if !r.guard.valid() {
			return record{}, ErrFormat
		}
	}
	for i := range n {
		s := b[head+i*shareSize:]
		r.shares = append(r.shares, share{fingerprint.Part(s[0]), [wrappedSize]byte(s[1:])})
	}
	if !r.valid() {
		return record{}, ErrFormat
	}
	return r, nil
}

func (r record) valid() bool {
	for i, s := range r.shares {
		if s.place >= fingerprint.Count || i > 0 && r.shares[i-1].place >= s.place {
			return false
		}
	}
	return r.needed >= 1 && r.needed <= len(r.shares)
}

// valid refuses a guard that there is not, and a salt where nothing is stretched.
func (g guarded) valid() bool {
	return g.protection == ByPassphrase || g.protection == ByTPM && g.salt == [saltSize]byte{}
}
