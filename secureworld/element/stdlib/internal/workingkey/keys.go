package workingkey

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"sync"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/internal/aes256"
)

const keySize = aes256.KeySize

// ErrKSN refuses a counter that no transaction has.
var ErrKSN = errors.New("workingkey: no transaction has this counter")

// Keys derives working keys. Any number of goroutines may use it.
type Keys struct {
	spread uint64 // odd and secret: nobody chooses terminals that push out another
	keep   bool
	shards [Shards]shard
	unmap  func()
}

// Base is a base derivation key, expanded once: one schedule less for each walk.
type Base struct{ key *aes256.Key }

// NewBase expands a key; the caller clears it.
func NewBase(key *[keySize]byte) *Base {
	k := aes256.New(make([]byte, aes256.Room))
	k.Open(key)
	return &Base{k}
}

// Erase clears the key: nothing is derived from it after.
func (b *Base) Erase() { b.key.Erase() }

// shard works for a part of the terminals, for one caller at a time.
type shard struct {
	mu    sync.Mutex
	clock uint32                // guarded by mu
	paths *[sets * setSize]path // guarded by mu
	bench *bench                // guarded by mu
	key   *aes256.Key           // guarded by mu; in bench
	mac   cmac.Room             // guarded by mu
}

// New maps memory for the keys. With keep, the paths of Terminals terminals are kept;
// without, each derivation goes the whole way.
func New(keep bool) (*Keys, error) {
	m, unmap, err := mapMemory()
	if err != nil {
		return nil, errors.New("workingkey: no memory for keys")
	}
	k := &Keys{spread: odd(), keep: keep, unmap: unmap}
	for i := range k.shards {
		s := &k.shards[i]
		s.paths, s.bench = &m[i].paths, &m[i].bench
		s.key = aes256.New(s.bench.room[:])
	}
	return k, nil
}

// Forget erases every path, for instance at the end of an epoch. Operations go on, the
// first of each terminal the whole way.
func (k *Keys) Forget() {
	for i := range k.shards {
		s := &k.shards[i]
		s.mu.Lock()
		s.forget()
		s.mu.Unlock()
	}
}

// forget leaves places alone that nobody used: their memory was never touched.
func (s *shard) forget() {
	for i := range s.paths {
		if s.paths[i].used != 0 {
			s.paths[i] = path{}
		}
	}
}

// Close erases everything and gives the memory back. Nothing is derived after it.
func (k *Keys) Close() {
	k.Forget()
	for i := range k.shards {
		s := &k.shards[i]
		s.mu.Lock()
		s.key.Erase()
		*s.bench = bench{}
		s.paths, s.bench, s.key = nil, nil, nil
		s.mu.Unlock()
	}
	k.unmap()
}

// Working is the working key of one transaction and the bench that it lies on. It is
// given back by Release.
type Working struct {
	shard *shard
}

// Derive derives the key of one usage for ksn from its base derivation key. Every
// success is followed by Release.
func (k *Keys) Derive(bdk *Base, ksn dukpt.KSN, u Usage) (Working, error) {
	counter := ksn.Counter()
	if !dukpt.ValidCounter(counter) {
		return Working{}, ErrKSN
	}
	id := ksn.InitialKeyID()
	place := k.place(id)
	s := &k.shards[place%Shards]
	s.mu.Lock()
	p := &s.bench.path
	if k.keep {
		p = s.find(id, place/Shards)
	}
	s.reach(p, bdk, id, counter)
	s.working(p, u, ksn)
	if !k.keep {
		p.erase()
	}
	return Working{s}, nil
}

// odd is the random multiplier of place.
func odd() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.LittleEndian.Uint64(b[:]) | 1
}

// place is where a terminal's path lies, a number below Shards*sets: the highest bits
// of a product with a secret multiplier, a universal hash (Dietzfelbinger).
func (k *Keys) place(id [8]byte) int {
	return int(binary.LittleEndian.Uint64(id[:]) * k.spread >> (64 - placeBits))
}

// find returns the path of a terminal, or the place of the one that was silent for
// longest.
func (s *shard) find(id [8]byte, set int) *path {
	s.clock++
	of := s.paths[set*setSize:][:setSize]
	oldest := &of[0]
	for i := range of {
		if of[i].id == id && of[i].used != 0 {
			oldest = &of[i]
			break
		}
		if of[i].used < oldest.used {
			oldest = &of[i]
		}
	}
	if oldest.id != id {
		*oldest = path{}
	}
	oldest.used = max(s.clock, 1)
	return oldest
}

// Key returns the working key, which is gone after Release.
func (w Working) Key() *[keySize]byte { return &w.shard.bench.working }

// Cipher expands the working key; it is erased by Release.
func (w Working) Cipher() *aes256.Key {
	w.shard.key.Open(&w.shard.bench.working)
	return w.shard.key
}

// MAC is where CMACs are computed.
func (w Working) MAC() *cmac.Room { return &w.shard.mac }

// Block copies a block onto the bench, for what must not lie elsewhere in clear; it is
// erased by Release.
func (w Working) Block(b *[aes256.BlockSize]byte) []byte {
	w.shard.bench.field = *b
	return w.shard.bench.field[:]
}

// Release erases the working key and what was made of it.
func (w Working) Release() {
	b := w.shard.bench
	w.shard.key.Erase()
	clear(b.working[:])
	clear(b.field[:])
	w.shard.mu.Unlock()
}
