package keystore

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/storage"
	"github.com/strongroom-pos/strongroom/secureworld/keyregistry"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// inventory is the object that tells of each key when it came, when and why it went,
// and its check value. It holds nothing of a key.
const inventory = "inventory"

// maxLines bounds it: every key once, and the last host keys that were replaced.
const maxLines = 64

// lineSize is number ‖ end ‖ checked ‖ check value (5) ‖ born (8) ‖ ended (8).
const lineSize = 1 + 1 + 1 + 5 + 8 + 8

var errInventory = errors.New("keystore: malformed list of keys")

// End is why a key was destroyed.
type End uint8

// Reasons; those of package mailbox have the same numbers.
const (
	NotEnded End = iota
	Loaded
	Replaced
	Zeroised
	Unbound
	endEnd
)

// Line is what is known of one key.
type Line struct {
	Key     uint8 // its number in package keyregistry
	Born    int64 // Unix seconds; 0: before there was a list
	Ended   int64 // Unix seconds; 0: it is in use
	End     End
	Checked bool
	Check   [5]byte
}

// Names are all keys that this package can name: those it derives, those it takes
// over, and what it makes of them.
func Names() []string {
	names := append([]string{"journal", "host-state", "host-checks", "host-registers", "host-answer", loadingKey, provisioning.FileSupplierKey}, signingKeys()...)
	for name := range expected() {
		names = append(names, name)
	}
	return names
}

// Inventory lists the keys that this storage took over or made, as they stand.
func (s *Store) Inventory() []Line {
	s.listed.Lock()
	defer s.listed.Unlock()
	return append([]Line(nil), s.lines...)
}

// note adds a key to the list; it is written with keep.
func (s *Store) note(name string, check *[5]byte) {
	k, known := keyregistry.Named(name)
	if !known {
		return // a test of this package holds every name to the registry
	}
	l := Line{Key: k.Number, Born: time.Now().Unix()}
	if check != nil {
		l.Checked, l.Check = true, *check
	}
	s.lines = append(s.lines, l)
}

// finish notes the end of the newest key of a name.
func (s *Store) finish(name string, why End) {
	k, _ := keyregistry.Named(name)
	for i := len(s.lines) - 1; i >= 0; i-- {
		if l := &s.lines[i]; l.Key == k.Number && l.Ended == 0 {
			l.Ended, l.End = time.Now().Unix(), why
			return
		}
	}
}

// keepInventory writes the list. Of what ended, the oldest are given up first.
func (s *Store) keepInventory() error {
	for i := 0; len(s.lines) > maxLines && i < len(s.lines); {
		if s.lines[i].Ended == 0 {
			i++
			continue
		}
		s.lines = append(s.lines[:i], s.lines[i+1:]...)
	}
	return s.base.Space.Put(inventory, encodeLines(s.lines))
}

// loadInventory reads the list; a storage of before there was one has none.
func (s *Store) loadInventory() error {
	room := make([]byte, maxLines*lineSize)
	n, err := s.base.Space.Get(inventory, room)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	s.lines, err = decodeLines(room[:n])
	return err
}

func encodeLines(lines []Line) []byte {
	var b []byte
	for _, l := range lines {
		checked := byte(0)
		if l.Checked {
			checked = 1
		}
		b = append(append(b, l.Key, byte(l.End), checked), l.Check[:]...)
		b = binary.BigEndian.AppendUint64(b, uint64(l.Born))
		b = binary.BigEndian.AppendUint64(b, uint64(l.Ended))
	}
	return b
}

func decodeLines(b []byte) (lines []Line, err error) {
	if len(b)%lineSize != 0 || len(b) > maxLines*lineSize {
		return nil, errInventory
	}
	for ; len(b) > 0; b = b[lineSize:] {
		l := Line{Key: b[0], End: End(b[1]), Checked: b[2] == 1, Check: [5]byte(b[3:]),
			Born: int64(binary.BigEndian.Uint64(b[8:])), Ended: int64(binary.BigEndian.Uint64(b[16:]))}
		if _, known := keyregistry.Find(l.Key); !known || l.End >= endEnd || b[2] > 1 || l.Born < 0 || l.Ended < 0 {
			return nil, errInventory
		}
		lines = append(lines, l)
	}
	return lines, nil
}
