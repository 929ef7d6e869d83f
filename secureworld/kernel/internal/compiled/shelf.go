package compiled

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"sync"
)

const version = 0x01

// ErrMalformed reports bytes that are not as the package comment draws them.
var ErrMalformed = errors.New("compiled: malformed")

type key = [32]byte

// module is one application's machine code.
type module struct {
	key  key
	code []byte
}

// Shelf is the machine code of one start: what was given, and what was compiled
// because it was not. Several goroutines may compile by it at a time.
type Shelf struct {
	mu    sync.Mutex
	given map[key][]byte
	used  map[key][]byte
	made  bool
}

// New takes what the last start compiled, which must not change as long as the shelf
// is in use; nothing for none. After an error the shelf is there, and empty.
func New(given []byte) (*Shelf, error) {
	s := &Shelf{given: map[key][]byte{}, used: map[key][]byte{}}
	if len(given) == 0 {
		return s, nil
	}
	modules, err := parse(given)
	for _, m := range modules {
		s.given[m.key] = m.code
	}
	return s, err
}

// Given tells whether there is any machine code of the last start.
func (s *Shelf) Given() bool { return len(s.given) > 0 }

// Changed tells whether something was compiled, so that this start's code is worth
// more than the last one's.
func (s *Shelf) Changed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.made
}

// WriteTo writes the code of all that this start compiled or found.
func (s *Shelf) WriteTo(w io.Writer) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []module
	for k, code := range s.used {
		all = append(all, module{k, code})
	}
	if len(all) > maxModules {
		return 0, ErrMalformed
	}
	slices.SortFunc(all, func(a, b module) int { return bytes.Compare(a.key[:], b.key[:]) })
	return write(w, all)
}

// write lays modules out.
func write(w io.Writer, all []module) (total int64, err error) {
	pieces := [][]byte{{version, byte(len(all))}}
	for _, m := range all {
		pieces = append(pieces, m.key[:], binary.BigEndian.AppendUint64(nil, uint64(len(m.code))), m.code)
	}
	for _, p := range pieces {
		n, err := w.Write(p)
		total += int64(n)
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// parse reads modules back. What it accepts is written back as the same bytes.
func parse(b []byte) (all []module, err error) {
	if len(b) < headerSize || b[0] != version || b[1] > maxModules {
		return nil, ErrMalformed
	}
	count := int(b[1])
	for b = b[headerSize:]; len(b) >= moduleSize; {
		m := module{key: key(b)}
		length := binary.BigEndian.Uint64(b[32:moduleSize])
		if b = b[moduleSize:]; length > uint64(len(b)) {
			return nil, ErrMalformed
		}
		m.code, b = b[:length:length], b[length:]
		all = append(all, m)
	}
	if len(b) != 0 || len(all) != count || !increasing(all) {
		return nil, ErrMalformed
	}
	return all, nil
}

// increasing tells that keys are in order, and none comes twice.
func increasing(all []module) bool {
	for i := 1; i < len(all); i++ {
		if bytes.Compare(all[i-1].key[:], all[i].key[:]) >= 0 {
			return false
		}
	}
	return true
}
