package secretmem

import (
	"context"
	"fmt"
	"sync"

	"github.com/tetratelabs/wazero/experimental"
)

// Arena is the memory of one trusted-application instance. It is mapped once
// and used again and again, cleared in between: fresh secret pages cost four
// times as much as cleared ones.
type Arena struct {
	home chan *Arena
	mu   sync.Mutex
	room []byte // what the application has; its capacity is the whole mapping
	used int    // highest length so far: all that needs clearing
	out  bool   // taken and not yet released
}

// Take waits until an arena is free. Its memory is zero.
func (p *Pool) Take(ctx context.Context) (*Arena, error) {
	select {
	case a := <-p.arenas:
		a.mu.Lock()
		defer a.mu.Unlock()
		a.wipe()
		a.out = true
		return a, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for free secret memory: %w", ctx.Err())
	}
}

// Release clears the arena and gives it back. The caller makes sure that no
// code of the application runs any more. A second Release does nothing.
func (a *Arena) Release() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.out {
		return
	}
	a.wipe()
	a.out = false
	a.home <- a
}

// Allocator makes wazero use this arena for the memory of the next module.
func (a *Arena) Allocator() experimental.MemoryAllocator {
	return experimental.MemoryAllocatorFunc(func(_, _ uint64) experimental.LinearMemory { return a })
}

// Reallocate implements experimental.LinearMemory. It never moves, and answers
// nil when the application asks for more than the arena has.
func (a *Arena) Reallocate(size uint64) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	if size > uint64(cap(a.room)) {
		return nil
	}
	a.room = a.room[:size]
	a.used = max(a.used, int(size))
	return a.room
}

// Free implements experimental.LinearMemory: it clears at once. It does not give
// the arena back, because wazero may call it while a call is still unwinding;
// Release does.
func (a *Arena) Free() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.wipe()
}

// wipe zeroes what was used. WebAssembly needs zeros too.
func (a *Arena) wipe() {
	clear(a.room[:a.used])
	a.room, a.used = a.room[:0], 0
}
