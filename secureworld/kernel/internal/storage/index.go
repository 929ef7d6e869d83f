package storage

import (
	"encoding/binary"
	"slices"
	"strings"
)

const (
	indexHead    = 4 + 2
	indexEntry   = 4 + 8 + 4 + tagSize + 1 // and the name
	maxIndexBody = indexHead + MaxObjects*(indexEntry+MaxName)
)

// entry is one object, as the index of its space knows it.
type entry struct {
	name    string
	object  uint32
	version uint64
	size    uint32
	tag     tag
}

// index of a space; entries in ascending order of names.
type index struct {
	next    uint32 // number of the next object: none is used twice
	entries []entry
}

func (x *index) find(name string) (int, bool) {
	return slices.BinarySearchFunc(x.entries, name, func(e entry, n string) int { return strings.Compare(e.name, n) })
}

// with is the index after a change; x stays as it is.
func (x *index) with(e entry) *index {
	y := &index{next: max(x.next, e.object+1), entries: slices.Clone(x.entries)}
	i, found := y.find(e.name)
	if found {
		y.entries[i] = e
	} else {
		y.entries = slices.Insert(y.entries, i, e)
	}
	return y
}

func (x *index) without(i int) *index {
	return &index{next: x.next, entries: slices.Delete(slices.Clone(x.entries), i, i+1)}
}

// bytes is what counts against the quota.
func (x *index) bytes() (n int) {
	for _, e := range x.entries {
		n += int(e.size) + objectCost
	}
	return n
}

func (x *index) encode() []byte {
	b := binary.BigEndian.AppendUint32(nil, x.next)
	b = binary.BigEndian.AppendUint16(b, uint16(len(x.entries)))
	for _, e := range x.entries {
		b = binary.BigEndian.AppendUint32(b, e.object)
		b = binary.BigEndian.AppendUint64(b, e.version)
		b = binary.BigEndian.AppendUint32(b, e.size)
		b = append(b, e.tag[:]...)
		b = append(append(b, byte(len(e.name))), e.name...)
	}
	return b
}

// decodeIndex reads what encode wrote; what it accepts encodes to the same bytes.
func decodeIndex(b []byte) (*index, error) {
	if len(b) < indexHead || len(b) > maxIndexBody {
		return nil, ErrFormat
	}
	x := &index{next: binary.BigEndian.Uint32(b)}
	n := int(binary.BigEndian.Uint16(b[4:]))
	b = b[indexHead:]
	for range n {
		e, size, ok := decodeEntry(b)
		if !ok || e.object >= x.next || len(x.entries) > 0 && x.entries[len(x.entries)-1].name >= e.name {
			return nil, ErrFormat
		}
		x.entries = append(x.entries, e)
		b = b[size:]
	}
	if len(b) != 0 || n > MaxObjects {
		return nil, ErrFormat
	}
	return x, nil
}

func decodeEntry(b []byte) (e entry, size int, ok bool) {
	if len(b) < indexEntry {
		return e, 0, false
	}
	size = indexEntry + int(b[indexEntry-1])
	if len(b) < size {
		return e, 0, false
	}
	e = entry{
		object: binary.BigEndian.Uint32(b), version: binary.BigEndian.Uint64(b[4:]),
		size: binary.BigEndian.Uint32(b[12:]), tag: tag(b[16:]), name: string(b[indexEntry:size]),
	}
	return e, size, validName(e.name) && e.size <= MaxObject
}
