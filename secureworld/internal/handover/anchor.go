package handover

import "sync"

// anchor is what the kernel knows of the number that boot keeps for its storage.
type anchor struct {
	mu      *sync.Mutex
	changed *sync.Cond
	wanted  uint64 // before the kernel serves: to be sent
	durable uint64
	serving bool
	gone    bool
}

func newAnchor() anchor {
	mu := &sync.Mutex{}
	return anchor{mu: mu, changed: sync.NewCond(mu)}
}

// RaiseAnchor returns when boot has made the number of the storage's root record
// durable. Before Ready, when nobody receives yet, it only notes the number: boot
// makes it durable before it opens a door.
func (l *Link) RaiseAnchor(n uint64) error {
	if l.anchor.note(n) {
		return nil
	}
	if err := l.wire.send(Anchor{n}, nil); err != nil {
		return err
	}
	if !l.anchor.wait(n) {
		return errGone
	}
	return nil
}

func (a *anchor) note(n uint64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.wanted = max(a.wanted, n)
	return !a.serving
}

// begin tells what is to be sent before the kernel serves.
func (a *anchor) begin() (uint64, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.serving = true
	return a.wanted, a.wanted != 0
}

func (a *anchor) reached(n uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.durable = max(a.durable, n)
	a.changed.Broadcast()
}

func (a *anchor) abandon() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.gone = true
	a.changed.Broadcast()
}

func (a *anchor) wait(n uint64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.durable < n && !a.gone {
		a.changed.Wait()
	}
	return a.durable >= n
}
