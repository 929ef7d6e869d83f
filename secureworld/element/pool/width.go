package pool

import "sync"

// width is how many frames may be under way, a worker to each. Groups of microseconds
// need few: more would make them smaller. Cards keep a frame for so long that few frames
// would leave most groups idle.
type width struct {
	frames int // as configured

	mu      sync.Mutex
	workers int // guarded by mu
	wanted  int // guarded by mu
}

// now is how many workers there are.
func (w *width) now() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.workers
}

// spare tells whether there is a worker too many: the one that asks, which ends then.
func (w *width) spare() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.workers <= w.wanted {
		return false
	}
	w.workers--
	return true
}

// want tells how many workers are lacking for so many groups, and counts them as there.
func (w *width) want(groups int, slow bool) (lacking int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wanted = w.frames
	if slow && groups > 1 {
		w.wanted = max(w.frames, min(framesToSlow*groups, maxSlowFrames))
	}
	if lacking = w.wanted - w.workers; lacking > 0 {
		w.workers = w.wanted
	}
	return lacking
}

// widen starts the workers that so many groups need.
func (c *Client) widen(groups int) {
	for range c.width.want(groups, c.pace.slow()) {
		c.wg.Go(c.work)
	}
}
