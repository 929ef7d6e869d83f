package mailbox

import "github.com/strongroom-pos/strongroom/secureworld/payment"

// Kinds of the key list.
const (
	KindKeys    byte = 0x0a
	KindKeyLine byte = 0x8a
)

// Keys asks for the line at a place of the key list, counted from 0.
type Keys struct{ Index uint8 }

// KeyLine answers Keys: what is known of one key, and nothing that it could be found
// out from. Present is false behind the last line.
type KeyLine struct {
	Present bool
	Key     uint8 // its number in package keyregistry
	State   KeyState
	End     KeyEnd             // why it was destroyed
	Born    payment.Count      // Unix seconds of its loading; 0: unknown
	Ended   payment.Count      // Unix seconds of its destruction; 0: it was not, or unknown
	Checked bool               // it has a check value
	Check   payment.CheckValue // first five bytes of the CMAC of a zero block
	Limited bool               // it is good for a number of uses
	Left    uint32             // of these
	Low     bool               // so few that it must be replaced now
}

// KeyState is how a key stands.
type KeyState uint8

// States of a key.
const (
	KeyActive    KeyState = iota
	KeyExhausted          // no use is left
	KeyDestroyed          // erased, and told when and why
	KeyElsewhere          // another custodian has it: this is what is known here
	KeyNone               // there is none yet
	keyStateEnd
)

// Valid reports whether s is a known state.
func (s KeyState) Valid() bool { return s < keyStateEnd }

// String names the state.
func (s KeyState) String() string {
	return [...]string{"active", "exhausted", "destroyed", "elsewhere", "none", "unknown"}[min(s, keyStateEnd)]
}

// KeyEnd is why a key was destroyed.
type KeyEnd uint8

// Reasons.
const (
	KeyNotEnded KeyEnd = iota
	KeyLoaded          // it was loaded into what is used from then on
	KeyReplaced        // by another of the same purpose
	KeyZeroised        // by a tamper event
	KeyUnbound         // its host was unbound
	keyEndEnd
)

// Valid reports whether e is a known reason.
func (e KeyEnd) Valid() bool { return e < keyEndEnd }

// String names the reason.
func (e KeyEnd) String() string {
	return [...]string{"", "loaded", "replaced", "zeroised", "unbound", "unknown"}[min(e, keyEndEnd)]
}

// KeyLine asks for one line of the key list.
func (c *Client) KeyLine(index uint8) (KeyLine, error) {
	return call[KeyLine](c, KindKeys, Keys{Index: index})
}

func keyMessages() []any { return []any{Keys{}, KeyLine{}} }
