package workingkey

import (
	"encoding/binary"
	"math/bits"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
)

// Usage says what a working key is for.
type Usage struct{ indicator uint16 }

// PIN is for PIN blocks (usage 1000).
func PIN() Usage { return Usage{0x1000} }

// DeviceMAC is for MACs that the terminal makes (usage 2000).
func DeviceMAC() Usage { return Usage{0x2000} }

// AnswerMAC is for MACs that the terminal verifies (usage 2001).
func AnswerMAC() Usage { return Usage{0x2001} }

// DeviceData is for data from the terminal (usage 3000).
func DeviceData() Usage { return Usage{0x3000} }

// Usages that lead to a working key. ANSI X9.24-3, key usage indicators.
const (
	derivation = 0x8000
	initial    = 0x8001
)

// step derives to from from.
func (s *shard) step(to, from *[keySize]byte, usage uint16, end uint64) {
	s.key.Derive(to, from, derivationData(1, usage), derivationData(2, usage), end)
}

// first derives the initial key.
func first(to *[keySize]byte, from *Base, end uint64) {
	from.key.Pair(to, derivationData(1, initial), derivationData(2, initial), end)
}

// derivationData is the first word of it for one half of a key: version 1, number of
// the block, usage, algorithm (4: AES-256), length of the key in bits. The last eight
// bytes follow. ANSI X9.24-3, key derivation.
func derivationData(block uint64, usage uint16) uint64 {
	return 1<<56 | block<<48 | uint64(usage)<<32 | 4<<16 | keySize*8
}

// reach derives what the path to counter lacks, from the first bit in which it leaves
// the one that was gone last.
func (s *shard) reach(p *path, bdk *Base, id [8]byte, counter uint32) {
	if p.counter == 0 {
		p.id = id
		first(&p.initial, bdk, binary.BigEndian.Uint64(id[:]))
	}
	low := bits.Len32(p.counter ^ counter)     // the bits below low are not shared
	shared := counter >> low << low            // 0 where low is 32
	at := bits.OnesCount32(shared)             // keys that stay
	for rest := counter ^ shared; rest != 0; { // one-bits to go, from the highest
		bit := uint32(1) << (bits.Len32(rest) - 1)
		shared, rest = shared|bit, rest^bit
		s.step(&p.keys[at], p.before(at), derivation, end(id, shared))
		at++
	}
	p.counter = counter
}

// erase clears what reach derived, which is all that there is.
func (p *path) erase() {
	clear(p.keys[:bits.OnesCount32(p.counter)])
	p.initial, p.id, p.counter, p.used = [keySize]byte{}, [8]byte{}, 0, 0
}

// before is the key from which key at is derived.
func (p *path) before(at int) *[keySize]byte {
	if at == 0 {
		return &p.initial
	}
	return &p.keys[at-1]
}

func (s *shard) working(p *path, u Usage, ksn dukpt.KSN) {
	last := p.before(bits.OnesCount32(p.counter))
	s.step(&s.bench.working, last, u.indicator, end(ksn.InitialKeyID(), p.counter))
}

// end is that of the derivation data of all keys but initial ones: derivation id and
// counter.
func end(id [8]byte, counter uint32) uint64 {
	return uint64(binary.BigEndian.Uint32(id[4:]))<<32 | uint64(counter)
}
