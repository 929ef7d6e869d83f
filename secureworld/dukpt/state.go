package dukpt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/bits"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt/internal/derive"
)

// Layout of the state; drawn in the package comment.
const (
	magic        = "SRD1"
	typeAt       = 4
	zeroAt       = 6
	idAt         = 8
	counterAt    = 16
	reservedAt   = 20
	registersAt  = 32
	registerSize = 32
	registers    = 32
	workAt       = registersAt + registers*registerSize

	// StateSize is the length of a device's state in bytes.
	StateSize = workAt + derive.Room
)

var (
	errStateLength = errors.New("dukpt: the memory for the device's state is too small")
	errState       = errors.New("dukpt: this is not the state of a device")
)

// state is that of a device, in memory of the caller.
type state []byte

func (s state) kind() KeyType       { return KeyType(binary.BigEndian.Uint16(s[typeAt:])) }
func (s state) ikid() [8]byte       { return [8]byte(s[idAt:counterAt]) }
func (s state) counter() uint32     { return binary.BigEndian.Uint32(s[counterAt:]) }
func (s state) setCounter(c uint32) { binary.BigEndian.PutUint32(s[counterAt:], c) }

// register returns the register of counter bit i, as long as its keys.
func (s state) register(i int) []byte {
	return s[registersAt+i*registerSize:][:s.kind().Size()]
}

// current returns the register that holds the key of counter c.
func (s state) current(c uint32) []byte { return s.register(bits.TrailingZeros32(c)) }

// fill derives the registers of the low bits from key, which belongs to counter
// c: together they are what the device knows of the counters after c.
func (s state) fill(key *derive.Key, c uint32, low int) {
	for i := range low {
		id := joinKSN(s.ikid(), c|1<<i).derivationID()
		key.Derive(s.register(i), derive.Derivation, uint16(s.kind()), id)
	}
}

// check accepts what Load and Reserve leave behind.
func (s state) check() error {
	c := s.counter()
	if string(s[:typeAt]) != magic || !s.kind().Derives() ||
		!zero(s[zeroAt:idAt]) || !zero(s[reservedAt:registersAt]) || !zero(s[workAt:]) {
		return errState
	}
	if c != 0 && (!ValidCounter(c) || zero(s.current(c))) {
		return errState
	}
	return nil
}

func zero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }
