package secretmem

import (
	"errors"
	"sync"
	"unsafe"
)

// Keys hands out rooms for keys and cipher objects.
type Keys struct {
	mu    sync.Mutex
	pool  []byte
	taken []bool      // one per block of keyAlign bytes
	sizes map[int]int // first block of a room: its number of blocks
}

// ErrKeysFull says that the key pool has no room of this size left.
var ErrKeysFull = errors.New("key pool: no room left")

func newKeys(pool []byte) *Keys {
	return &Keys{pool: pool, taken: make([]bool, len(pool)/keyAlign), sizes: map[int]int{}}
}

// Room returns n zero bytes of secret memory that begin at a multiple of 64.
func (k *Keys) Room(n int) ([]byte, error) {
	if n < 1 || n > len(k.pool) {
		return nil, ErrKeysFull
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	blocks := (n + keyAlign - 1) / keyAlign
	first, ok := k.gap(blocks)
	if !ok {
		return nil, ErrKeysFull
	}
	k.mark(first, blocks, true)
	k.sizes[first] = blocks
	return k.pool[first*keyAlign : first*keyAlign+n : first*keyAlign+n], nil
}

// Release clears a room that Room returned and gives it back. It must be the
// whole room; anything else is refused, since a wrong room may hold a live key.
func (k *Keys) Release(room []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	first, ok := k.block(room)
	if !ok {
		return errors.New("key pool: release of what is no room")
	}
	blocks := k.sizes[first]
	clear(k.pool[first*keyAlign : (first+blocks)*keyAlign])
	k.mark(first, blocks, false)
	delete(k.sizes, first)
	return nil
}

// Wipe clears every key. Rooms stay taken: what still uses them computes with
// zeros, never with another's key.
func (k *Keys) Wipe() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.pool)
}

func (k *Keys) block(room []byte) (int, bool) {
	if len(room) == 0 {
		return 0, false
	}
	offset := uintptr(unsafe.Pointer(unsafe.SliceData(room))) - uintptr(unsafe.Pointer(unsafe.SliceData(k.pool)))
	if offset >= uintptr(len(k.pool)) || offset%keyAlign != 0 {
		return 0, false
	}
	first := int(offset / keyAlign)
	_, ok := k.sizes[first]
	return first, ok
}

func (k *Keys) gap(blocks int) (int, bool) {
	run := 0
	for i, taken := range k.taken {
		if run++; taken {
			run = 0
		}
		if run == blocks {
			return i - blocks + 1, true
		}
	}
	return 0, false
}

func (k *Keys) mark(first, blocks int, taken bool) {
	for i := first; i < first+blocks; i++ {
		k.taken[i] = taken
	}
}
