package dukpt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"sync"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt/internal/derive"
)

// RoomTransaction is the memory of one transaction in bytes.
const RoomTransaction = derive.Room

var (
	// ErrExhausted says that the initial key has fewer transactions left than
	// were asked for: a new one must be loaded.
	ErrExhausted = errors.New("dukpt: the initial key is used up")
	// ErrDead says that a state could not be stored earlier: this device gives
	// out nothing any more, and is resumed from what was stored.
	ErrDead = errors.New("dukpt: the device stopped because its state was not stored")

	errInitialKey = errors.New("dukpt: initial key and type do not agree")
	errRoom       = errors.New("dukpt: the memory for a transaction is too small")
	errNothing    = errors.New("dukpt: no transaction or no way to store the state was given")
)

// Device is an originating device with one initial key. It is safe for
// concurrent use.
type Device struct {
	mu    sync.Mutex
	state state // the caller's memory, ours to change
	dead  bool
}

// Load puts a new initial key into state, at least StateSize bytes of the
// caller's memory that belong to the device from then on. It fills the
// registers and erases initialKey, also when it refuses. The caller stores the
// state (the first StateSize bytes) before anything else happens.
//
// A key that was loaded once must not be loaded again: its counters would
// repeat.
func Load(state []byte, ikid [8]byte, t KeyType, initialKey []byte) (*Device, error) {
	defer clear(initialKey)
	if len(state) < StateSize {
		return nil, errStateLength
	}
	if !t.Derives() || len(initialKey) != t.Size() {
		return nil, errInitialKey
	}
	s := blank(state, ikid, t)
	key, err := derive.Open(initialKey, s[workAt:])
	if err != nil {
		return nil, err
	}
	defer key.Erase()
	s.fill(&key, 0, registers)
	return &Device{state: s}, nil
}

func blank(memory []byte, ikid [8]byte, t KeyType) state {
	s := state(memory[:StateSize:StateSize])
	clear(s)
	copy(s, magic)
	binary.BigEndian.PutUint16(s[typeAt:], uint16(t))
	copy(s[idAt:], ikid[:])
	s.setCounter(1)
	return s
}

// Resume goes on with a state that was stored: at least StateSize bytes of the
// caller's memory, which belong to the device from then on. It is the newest
// that was ever stored, or keys repeat; the caller's storage answers for that.
func Resume(state []byte) (*Device, error) {
	if len(state) < StateSize {
		return nil, errStateLength
	}
	d := &Device{state: state[:StateSize:StateSize]}
	if err := d.state.check(); err != nil {
		return nil, err
	}
	return d, nil
}

// Next reserves one transaction; see Reserve.
func (d *Device) Next(room []byte, persist func(state []byte) error) (*Transaction, error) {
	t, err := d.Reserve([][]byte{room}, persist)
	if err != nil {
		return nil, err
	}
	return t[0], nil
}

// Reserve takes the next len(rooms) transactions at once, one in each room of
// RoomTransaction bytes. It erases their keys from the registers, advances the
// counter, and calls persist once with the new state, before it returns a
// transaction: after a crash a counter is lost but never used twice.
//
// persist seals and stores the state durably; it neither keeps nor changes the
// slice. If it fails, nothing is usable: the rooms and the state are cleared
// and the device is dead, since nobody knows what was stored. Resume decides.
func (d *Device) Reserve(rooms [][]byte, persist func(state []byte) error) ([]*Transaction, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.refuse(rooms, persist); err != nil {
		return nil, err
	}
	d.dead = true // until the state is stored, whatever happens, panics included
	taken, err := d.take(rooms)
	if err == nil {
		err = store(d.state, persist)
	}
	if err != nil {
		d.destroy(taken)
		return nil, err
	}
	d.dead = false
	return taken, nil
}

func store(s state, persist func([]byte) error) error {
	if err := persist(s); err != nil {
		return fmt.Errorf("dukpt: storing the device's state: %w", err)
	}
	return nil
}

// refuse holds every check that needs no change, so that a refused call leaves
// the device as it was.
func (d *Device) refuse(rooms [][]byte, persist func([]byte) error) error {
	if d.dead {
		return ErrDead
	}
	if len(rooms) == 0 || persist == nil {
		return errNothing
	}
	for _, r := range rooms {
		if len(r) < RoomTransaction {
			return errRoom
		}
	}
	if !lasts(d.state.counter(), len(rooms)) {
		return ErrExhausted
	}
	return nil
}

// lasts reports whether n transactions are left from the next counter c on.
// Stepping is cheaper than counting all that are left.
func lasts(c uint32, n int) bool {
	ok := c != 0
	for ; ok && n > 1; n-- {
		c, ok = NextCounter(c)
	}
	return ok
}

func (d *Device) take(rooms [][]byte) ([]*Transaction, error) {
	taken := make([]*Transaction, 0, len(rooms))
	for _, r := range rooms {
		t, err := d.advance(r)
		if err != nil {
			return taken, err
		}
		taken = append(taken, t)
	}
	return taken, nil
}

// advance moves the key of the next counter from its register into room,
// refills the registers below from it, and goes on to the counter after.
func (d *Device) advance(room []byte) (*Transaction, error) {
	s, c := d.state, d.state.counter()
	register := s.current(c)
	key, err := derive.Open(register, room)
	if err != nil {
		return nil, err
	}
	clear(register)
	if bits.OnesCount32(c) < maxOneBits {
		s.fill(&key, c, bits.TrailingZeros32(c))
	}
	next, _ := NextCounter(c) // 0 after the last
	s.setCounter(next)
	return TransactionFrom(joinKSN(s.ikid(), c), s.kind(), key), nil
}

func (d *Device) destroy(taken []*Transaction) {
	for _, t := range taken {
		t.Wipe()
	}
	clear(d.state)
}

// KeyID is the id of the initial key.
func (d *Device) KeyID() [8]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state.ikid()
}

// Remaining returns how many transactions the initial key has left.
func (d *Device) Remaining() uint32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.remaining()
}

func (d *Device) remaining() uint32 {
	if d.dead || d.state.counter() == 0 {
		return 0
	}
	return countersFrom(d.state.counter())
}

// Upcoming is the counter of the next transaction, 0 when there is none. Every
// counter that was ever given out is below it.
func (d *Device) Upcoming() uint32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state.counter()
}
