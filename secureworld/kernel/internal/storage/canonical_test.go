package storage

import (
	"bytes"
	"testing"
)

func someIndex() *index {
	x := &index{}
	for i, name := range []string{"a", "b/c", "token"} {
		x = x.with(entry{name: name, object: uint32(i), version: 7, size: 100, tag: tag{byte(i), 1}})
	}
	return x
}

func someTable() *table {
	t := &table{}
	for i, name := range []string{"app/loyalty", "kernel/keystore"} {
		t = t.with(line{name: name, space: uint32(i), version: 9, key: bytes.Repeat([]byte{byte(i + 1)}, keySize), password: i == 0, failures: byte(i)})
	}
	return t
}

func (t *table) bytes() []byte {
	b := make([]byte, t.size())
	t.encode(b)
	return b
}

func someRecord(t testing.TB) []byte {
	t.Helper()
	s := &Store{mem: newRooms()}
	room := make([]byte, 5+tagSize)
	b, _, err := s.seal(make([]byte, keySize), room, 5, place{kindObject, 1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func FuzzCanonicalIndex(f *testing.F) {
	f.Add(someIndex().encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if x, err := decodeIndex(b); err == nil && !bytes.Equal(x.encode(), b) {
			t.Fatalf("%x became %x", b, x.encode())
		}
	})
}

func FuzzCanonicalRootRecord(f *testing.F) {
	f.Add(someTable().bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		if x, err := decodeTable(b); err == nil && !bytes.Equal(x.bytes(), b) {
			t.Fatalf("%x became %x", b, x.bytes())
		}
	})
}

// Every record that is taken has one form; the checksum, which anybody can make,
// is made for those that lack it.
func FuzzCanonicalRecord(f *testing.F) {
	f.Add(someRecord(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, c := range [][]byte{b, append(bytes.Clone(b), checksum(b)...)} {
			r, err := parse(c)
			if err != nil {
				if !finding(err) {
					t.Fatalf("%v", err)
				}
				continue
			}
			head, err := newHead(r.place, r.size())
			if err != nil || !bytes.Equal(head[:nonceAt], c[:nonceAt]) || frameSize+r.size() != len(c) {
				t.Fatalf("%x became %x", c[:nonceAt], head[:nonceAt])
			}
		}
	})
}

func TestIndexesAndTablesOutOfOrderAreRefused(t *testing.T) {
	x := someIndex()
	x.entries[0], x.entries[1] = x.entries[1], x.entries[0]
	if _, err := decodeIndex(x.encode()); err == nil {
		t.Error("names out of order")
	}
	x = someIndex()
	x.next = 2
	if _, err := decodeIndex(x.encode()); err == nil {
		t.Error("an object whose number will be used again")
	}
	u := someTable()
	u.lines[1].name = u.lines[0].name
	if _, err := decodeTable(u.bytes()); err == nil {
		t.Error("two spaces of one name")
	}
	u = someTable()
	u.lines[1].failures = maxFailures + 1
	if _, err := decodeTable(u.bytes()); err == nil {
		t.Error("more failures than are counted")
	}
}
