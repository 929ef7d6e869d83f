// Package keypad is the PIN pad's keys. A key that is pressed while nobody asks
// for one is lost, as on a real PIN pad, so nothing typed too early or too late
// can end up in a PIN.
//
// Only the PIN pad imports it. It must never keep a key that was taken: a
// channel's slot is cleared by the runtime when it is received from.
package keypad

import "sync"

// Key is one key: '0' to '9', or one of the three below.
type Key byte

// The keys beside the digits. Their values are those of ASCII control codes.
const (
	Clear  Key = 0x7f
	Cancel Key = 0x1b
	OK     Key = 0x0d
)

// Digit reports whether k is one.
func (k Key) Digit() bool { return k >= '0' && k <= '9' }

// Valid reports whether there is such a key.
func (k Key) Valid() bool { return k.Digit() || k == Clear || k == Cancel || k == OK }

// ParseKey reads the name of a key: a digit, "clear", "cancel" or "ok".
func ParseKey(name string) (Key, bool) {
	switch name {
	case "clear":
		return Clear, true
	case "cancel":
		return Cancel, true
	case "ok":
		return OK, true
	}
	if len(name) != 1 || !Key(name[0]).Digit() {
		return 0, false
	}
	return Key(name[0]), true
}

// typeAhead is how many keys may wait to be taken: more than anyone types while
// a digit is being drawn, a whole PIN at most.
const typeAhead = 16

// Keypad gives keys to whoever listens. It is safe for concurrent use.
type Keypad struct {
	mu   sync.Mutex
	keys chan Key // nil while nobody listens
}

// Press presses a key and reports whether anyone took it.
func (p *Keypad) Press(k Key) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keys == nil || !k.Valid() {
		return false
	}
	select {
	case p.keys <- k:
		return true
	default:
		return false
	}
}

// Listen begins to take keys, until stop is called. What was typed and not
// taken by then is lost. One listens at a time.
func (p *Keypad) Listen() (keys <-chan Key, stop func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := make(chan Key, typeAhead)
	p.keys = taken
	return taken, func() { p.stop(taken) }
}

// stop takes what is left out of the channel, which clears its slots.
func (p *Keypad) stop(keys chan Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = nil
	for len(keys) > 0 {
		<-keys
	}
}
