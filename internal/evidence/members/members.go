// Package members searches what lies inside gzip and zip members, wherever in a text
// they begin, which package scan does not open.
//
// Only the scope evidence imports it. It keeps nothing of what it opens.
//
// BUG(members): a member inside a member is not opened, nor one that was cut into
// pieces, nor other compressions than deflate.
package members

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"io"

	"github.com/strongroom-pos/strongroom/internal/scan"
)

// Search searches text and the members in it. An offset within a member is that of the
// member's start. It returns how many members were opened.
func Search(m *scan.Matcher, text []byte, found func(scan.Match)) (opened int) {
	m.Search(text, 0, found)
	return Inside(m, text, found)
}

// Inside searches the members alone.
func Inside(m *scan.Matcher, text []byte, found func(scan.Match)) (opened int) {
	for _, kind := range kinds() {
		for at := 0; opened < maxMembers; {
			i := bytes.Index(text[at:], kind.magic)
			if i < 0 {
				break
			}
			at += i
			if inflated := kind.open(text[at:]); len(inflated) > 0 {
				opened++
				start := int64(at)
				m.Search(inflated, 0, func(f scan.Match) { f.Offset = start; found(f) })
				clear(inflated)
			}
			at += len(kind.magic)
		}
	}
	return opened
}

type kind struct {
	magic []byte
	open  func([]byte) []byte
}

func kinds() []kind {
	return []kind{
		{[]byte{0x1F, 0x8B, 0x08}, gunzip},    // RFC 1952, method deflate
		{[]byte{'P', 'K', 0x03, 0x04}, unzip}, // local file header, APPNOTE.TXT 4.3.7
	}
}

// gunzip returns what could be inflated, also of a member that is cut off.
func gunzip(b []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	return inflated(r)
}

// unzip inflates the entry behind a local header. Stored entries lie open.
func unzip(b []byte) []byte {
	const header, method, name, extra = 30, 8, 26, 28
	if len(b) < header || binary.LittleEndian.Uint16(b[method:]) != 8 {
		return nil
	}
	start := header + int(binary.LittleEndian.Uint16(b[name:])) + int(binary.LittleEndian.Uint16(b[extra:]))
	if start > len(b) {
		return nil
	}
	return inflated(flate.NewReader(bytes.NewReader(b[start:])))
}

func inflated(r io.Reader) []byte {
	b, _ := io.ReadAll(io.LimitReader(r, maxInflated)) // what there is before the error counts
	return b
}
