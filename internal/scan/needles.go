package scan

import (
	"errors"
	"fmt"
)

var (
	errDigits = errors.New("not decimal digits of an allowed length")
	errTrack  = errors.New("not a track of digits with one separator")
	errKey    = errors.New("key has a length that is not searched for")
	errDull   = errors.New("one byte repeated: it would be found everywhere")
)

// needle is one byte string to be found, in one form of one canary. In a form
// that starts or ends inside a byte, before and after hold the neighbouring
// half bytes, or are negative.
type needle struct {
	id       string
	kind     Kind
	encoding string
	bytes    []byte
	before   int8 // low half of the byte in front
	after    int8 // high half of the byte behind
}

// Needles collects canaries in all the forms to be searched for. The zero value
// is empty and ready for use; it is not safe for concurrent use.
type Needles struct {
	list []needle
	seen map[string]bool // id and bytes: two encodings can give the same bytes
}

// AddPAN adds an account number of 12 to 19 ASCII digits. The digits are not
// kept as they are and not quoted in the error.
func (n *Needles) AddPAN(id string, digits []byte) error {
	if err := checkDigits(digits, maxPANDigits); err != nil {
		return fmt.Errorf("add account number %s: %w", id, err)
	}
	n.addAll(id, KindPAN, panForms(digits))
	return nil
}

// AddTrack2 adds a track 2 without sentinels: digits, '=' or 'D', digits
// (ISO/IEC 7813, and tag 57 of EMV Book 3).
func (n *Needles) AddTrack2(id string, track []byte) error {
	at, err := trackSeparator(track)
	if err != nil {
		return fmt.Errorf("add track 2 %s: %w", id, err)
	}
	n.addAll(id, KindTrack2, track2Forms(track, at))
	return nil
}

// AddPIN adds a canary PIN of twelve ASCII digits.
func (n *Needles) AddPIN(id string, digits []byte) error {
	if err := checkDigits(digits, pinDigits); err != nil {
		return fmt.Errorf("add PIN %s: %w", id, err)
	}
	n.addAll(id, KindPIN, pinForms(digits))
	return nil
}

// AddKey adds a key of 16 to 512 bytes.
func (n *Needles) AddKey(id string, key []byte) error {
	if len(key) < minKeyBytes || len(key) > maxKeyBytes {
		return fmt.Errorf("add key %s: %w", id, errKey)
	}
	if isDull(key) {
		return fmt.Errorf("add key %s: %w", id, errDull)
	}
	n.addAll(id, KindKey, keyForms(key))
	return nil
}

// Len returns the number of byte strings that will be searched for.
func (n *Needles) Len() int { return len(n.list) }

func (n *Needles) addAll(id string, kind Kind, forms []form) {
	if n.seen == nil {
		n.seen = make(map[string]bool)
	}
	for _, f := range forms {
		key := id + "\x00" + kind.String() + "\x00" + string(f.bytes)
		if len(f.bytes) < shortestNeedle || n.seen[key] {
			continue
		}
		n.seen[key] = true
		n.list = append(n.list, needle{id, kind, f.encoding, f.bytes, f.before, f.after})
	}
}

// checkDigits wants at least minPANDigits, which is pinDigits too.
func checkDigits(digits []byte, most int) error {
	if len(digits) < minPANDigits || len(digits) > most {
		return errDigits
	}
	for _, d := range digits {
		if d < '0' || d > '9' {
			return errDigits
		}
	}
	if isDull(digits) {
		return errDull
	}
	return nil
}

func isDull(b []byte) bool {
	for _, x := range b {
		if x != b[0] {
			return false
		}
	}
	return true
}

func trackSeparator(track []byte) (int, error) {
	if len(track) > maxTrack2Characters {
		return 0, errTrack
	}
	at := -1
	for i, c := range track {
		switch {
		case c >= '0' && c <= '9':
		case (c == '=' || c == 'D') && at < 0:
			at = i
		default:
			return 0, errTrack
		}
	}
	if at < 0 || checkDigits(track[:at], maxPANDigits) != nil {
		return 0, errTrack
	}
	return at, nil
}
