package storage

import (
	"encoding/binary"
	"slices"
	"strings"
)

const (
	rootHead    = 4 + 2
	rootEntry   = 4 + 1 + 1 + 8 + tagSize + keySize + saltSize + checkSize + 1 // and the name
	keyAt       = 4 + 1 + 1 + 8 + tagSize
	maxRootBody = rootHead + maxSpaces*(rootEntry+MaxName)
	flagWord    = 1 // the space has a password
)

// line is one space, as the root record knows it.
type line struct {
	name     string
	space    uint32
	password bool
	failures byte
	version  uint64
	tag      tag
	salt     [saltSize]byte
	check    [checkSize]byte
	key      []byte // a room of keySize bytes; masked where there is a password
}

// table is the content of the root record; lines in ascending order of names.
type table struct {
	next  uint32 // number of the next space: none is used twice
	lines []line
}

func (t *table) find(name string) (int, bool) {
	return slices.BinarySearchFunc(t.lines, name, func(l line, n string) int { return strings.Compare(l.name, n) })
}

// with is the table after a change; t stays as it is.
func (t *table) with(l line) *table {
	u := &table{next: max(t.next, l.space+1), lines: slices.Clone(t.lines)}
	i, found := u.find(l.name)
	if found {
		u.lines[i] = l
	} else {
		u.lines = slices.Insert(u.lines, i, l)
	}
	return u
}

func (t *table) without(i int) *table {
	return &table{next: t.next, lines: slices.Delete(slices.Clone(t.lines), i, i+1)}
}

func (t *table) size() int {
	n := rootHead
	for _, l := range t.lines {
		n += rootEntry + len(l.name)
	}
	return n
}

// encode writes the body into a room of t.size() bytes: keys go from room to room.
func (t *table) encode(room []byte) {
	binary.BigEndian.PutUint32(room, t.next)
	binary.BigEndian.PutUint16(room[4:], uint16(len(t.lines)))
	b := room[rootHead:]
	for _, l := range t.lines {
		l.encode(b)
		b = b[rootEntry+len(l.name):]
	}
}

func (l line) encode(b []byte) {
	binary.BigEndian.PutUint32(b, l.space)
	b[4], b[5] = 0, l.failures
	if l.password {
		b[4] = flagWord
	}
	binary.BigEndian.PutUint64(b[6:], l.version)
	copy(b[14:], l.tag[:])
	copy(b[keyAt:], l.key)
	copy(b[keyAt+keySize:], l.salt[:])
	copy(b[keyAt+keySize+saltSize:], l.check[:])
	b[rootEntry-1] = byte(len(l.name))
	copy(b[rootEntry:], l.name)
}

// decodeTable reads what encode wrote; what it accepts encodes to the same bytes.
// The keys of its lines are parts of b.
func decodeTable(b []byte) (*table, error) {
	if len(b) < rootHead || len(b) > maxRootBody {
		return nil, ErrFormat
	}
	t := &table{next: binary.BigEndian.Uint32(b)}
	n := int(binary.BigEndian.Uint16(b[4:]))
	b = b[rootHead:]
	for range n {
		l, size, ok := decodeLine(b)
		if !ok || l.space >= t.next || len(t.lines) > 0 && t.lines[len(t.lines)-1].name >= l.name {
			return nil, ErrFormat
		}
		t.lines = append(t.lines, l)
		b = b[size:]
	}
	if len(b) != 0 || n > maxSpaces {
		return nil, ErrFormat
	}
	return t, nil
}

func decodeLine(b []byte) (l line, size int, ok bool) {
	if len(b) < rootEntry {
		return l, 0, false
	}
	size = rootEntry + int(b[rootEntry-1])
	if len(b) < size || b[4] > flagWord || b[5] > maxFailures {
		return l, 0, false
	}
	l = line{
		space: binary.BigEndian.Uint32(b), password: b[4] == flagWord, failures: b[5],
		version: binary.BigEndian.Uint64(b[6:]), tag: tag(b[14:]), key: b[keyAt : keyAt+keySize],
		salt: [saltSize]byte(b[keyAt+keySize:]), check: [checkSize]byte(b[keyAt+keySize+saltSize:]),
		name: string(b[rootEntry:size]),
	}
	return l, size, validName(l.name)
}
