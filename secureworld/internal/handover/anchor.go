package handover

import "sync"

// anchor is what the kernel knows of the number that boot keeps for its storage.
type anchor struct {
	starting sync.Mutex // one raise at a time, as long as raising itself receives

	mu      *sync.Mutex
	changed *sync.Cond
	durable uint64
	serving bool
	gone    bool
}

func newAnchor() *anchor {
	mu := &sync.Mutex{}
	return &anchor{mu: mu, changed: sync.NewCond(mu)}
}

// RaiseAnchor returns when boot has made the number of the storage's root record
// durable. Before Ready, when nobody else receives, it receives itself.
func (l *Link) RaiseAnchor(n uint64) error {
	l.anchor.starting.Lock()
	if l.anchor.begun() {
		l.anchor.starting.Unlock()
		return l.raiseServing(n)
	}
	defer l.anchor.starting.Unlock()
	if err := l.wire.send(Anchor{n}, nil); err != nil {
		return err
	}
	for !l.anchor.is(n) {
		m, file, err := l.wire.receive()
		if err != nil {
			return err
		}
		if err := l.take(m, file, func() bool { return true }); err != nil {
			return err
		}
	}
	return nil
}

func (l *Link) raiseServing(n uint64) error {
	if err := l.wire.send(Anchor{n}, nil); err != nil {
		return err
	}
	if !l.anchor.wait(n) {
		return errGone
	}
	return nil
}

// begin: from here on Serve receives.
func (a *anchor) begin() {
	a.starting.Lock()
	defer a.starting.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.serving = true
}

func (a *anchor) begun() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.serving
}

func (a *anchor) is(n uint64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.durable >= n
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
