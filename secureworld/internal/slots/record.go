package slots

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/strongroom-pos/strongroom/secureworld/control"
)

// Record is how the slots stand. Its form, of which nothing may differ:
//
//	strongroom-slots 1
//	active 2 pending 3 tries 1 reason 0
//	a 2 b 1
//	sha256 of all lines above, hexadecimal
//
// The numbers are those of package control.
type Record struct {
	Active, Pending control.Place
	Tries           byte
	Reason          control.Reason // of the last refusal or fall-back
	A, B            control.State
}

const (
	recordFile = "record"
	recordForm = "strongroom-slots 1\nactive %d pending %d tries %d reason %d\na %d b %d\n"
	// maxRecord is more than the longest record.
	maxRecord = 256
)

// ErrDamaged says that a record is none.
var ErrDamaged = errors.New("slots: the record is damaged")

// State of a slot.
func (r Record) State(p control.Place) control.State {
	switch p {
	case control.SlotA:
		return r.A
	case control.SlotB:
		return r.B
	}
	return control.Empty
}

func (r *Record) setState(p control.Place, s control.State) {
	switch p {
	case control.SlotA:
		r.A = s
	case control.SlotB:
		r.B = s
	}
}

func (r Record) encode() []byte {
	text := fmt.Appendf(nil, recordForm, r.Active, r.Pending, r.Tries, r.Reason, r.A, r.B)
	return fmt.Appendf(text, "sha256 %x\n", sha256.Sum256(text))
}

func readRecord(path string) (Record, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Record{Active: control.Factory}, nil
	}
	if err != nil {
		return Record{}, fmt.Errorf("slots: reading the record: %w", err)
	}
	return parseRecord(raw)
}

// parseRecord reads a record; what does not encode back is damaged.
func parseRecord(raw []byte) (Record, error) {
	var r Record
	if len(raw) > maxRecord {
		return r, ErrDamaged
	}
	n, err := fmt.Sscanf(string(raw), recordForm, (*byte)(&r.Active), (*byte)(&r.Pending), &r.Tries, (*byte)(&r.Reason), (*byte)(&r.A), (*byte)(&r.B))
	if n != 6 || err != nil || !bytes.Equal(r.encode(), raw) || !r.possible() {
		return Record{}, ErrDamaged
	}
	return r, nil
}

func (r Record) possible() bool {
	return r.Active >= control.Factory && r.Active <= control.SlotB && r.Pending <= control.SlotB &&
		r.Tries <= MaxTries && r.A <= control.Bad && r.B <= control.Bad
}
