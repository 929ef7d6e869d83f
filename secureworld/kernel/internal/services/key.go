package services

import (
	"crypto/rand"
	"encoding/binary"
	"sync"
	"sync/atomic"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// key is one key. Everything but material and uses is fixed at birth.
type key struct {
	handle     uint32
	algorithm  call.Algorithm
	usage      call.Usage
	persistent bool
	label      string
	uses       atomic.Uint64

	mu       sync.RWMutex // read by who uses the material, written by its end
	material material     // nil when the key has ended
}

// material is what a key computes with. Its other methods are those of the
// interfaces in operate.go.
type material interface{ wipe() }

// end erases the key when nobody uses it any more.
func (k *key) end() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.material != nil {
		k.material.wipe()
		k.material = nil
	}
}

// Key is what may be known of a key.
type Key struct {
	Handle     uint32
	Algorithm  call.Algorithm
	Usage      call.Usage
	Persistent bool
	Label      string
}

func (k *key) public() Key {
	return Key{k.handle, k.algorithm, k.usage, k.persistent, k.label}
}

// newHandle draws one that neither this session nor its owner has.
func (c *Session) newHandle(e *estate) uint32 {
	var b [4]byte
	for {
		_, _ = rand.Read(b[:]) // never fails
		h := binary.BigEndian.Uint32(b[:])
		if h != 0 && c.keys[h] == nil && e.persistent[h] == nil {
			return h
		}
	}
}

// find looks a handle up: first among the session's keys, then among the owner's.
func (c *Session) find(handle uint32) (*key, call.Code) {
	e, code := c.place()
	if code != call.OK {
		return nil, code
	}
	c.mu.Lock()
	k := c.keys[handle]
	c.mu.Unlock()
	if k == nil {
		e.mu.Lock()
		k = e.persistent[handle]
		e.mu.Unlock()
	}
	if k == nil {
		return nil, call.CodeNoKey
	}
	return k, call.OK
}

// use runs f on a key's material while the key cannot end.
func use[M any](c *Session, handle uint32, usage call.Usage, f func(M) call.Code) call.Code {
	if code := c.allowed(PermitKeys); code != call.OK {
		return code
	}
	k, code := c.find(handle)
	if code != call.OK {
		return code
	}
	if k.usage&usage != usage {
		return call.CodeUsage
	}
	if c.s.refusedByFIPS(k.algorithm) {
		return call.CodeFIPS
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.material == nil {
		return call.CodeNoKey
	}
	m, ok := k.material.(M)
	if !ok {
		return call.CodeUsage
	}
	if k.uses.Add(1) > maxSeals {
		return call.CodeQuota
	}
	return f(m)
}
