package group

import "sync"

// windowBlocks is one more than the window needs, so that sliding clears whole words.
const windowBlocks = windowSize/64 + 1

// window remembers which counters were used: each serves once, and those that are
// windowSize behind the highest serve no more.
type window struct {
	mu   sync.Mutex
	top  uint64               // highest used; guarded by mu
	bits [windowBlocks]uint64 // ring, block n of counters in n modulo its length; guarded by mu
}

// use marks a counter and reports whether it was free.
func (w *window) use(counter uint64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.free(counter) {
		return false
	}
	w.slide(counter)
	w.bits[counter/64%windowBlocks] |= 1 << (counter % 64)
	return true
}

// open reports whether use would succeed.
func (w *window) open(counter uint64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.free(counter)
}

// release undoes use.
func (w *window) release(counter uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if counter <= w.top && w.top-counter < windowSize {
		w.bits[counter/64%windowBlocks] &^= 1 << (counter % 64)
	}
}

func (w *window) free(counter uint64) bool {
	if counter > w.top {
		return true
	}
	return w.top-counter < windowSize && w.bits[counter/64%windowBlocks]&(1<<(counter%64)) == 0
}

func (w *window) slide(counter uint64) {
	if counter <= w.top {
		return
	}
	from, to := w.top/64, counter/64
	if to-from > windowBlocks {
		from = to - windowBlocks
	}
	for block := from + 1; block <= to; block++ {
		w.bits[block%windowBlocks] = 0
	}
	w.top = counter
}
