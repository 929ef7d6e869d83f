// Package tlv reads and writes BER-TLV data objects and data object lists as
// EMV uses them: ISO/IEC 8825-1 as narrowed by EMV 4.4 Book 3, Annex B and
// clause 5.4.
//
// There are two readers. Parse is for the project's own doors and for what a
// host sends: one encoding per message, so that what parses encodes back to
// the same bytes and nothing can hide in a second form. ParseCard is for what
// cards send: lengths may be longer than needed and zero bytes may lie between
// elements, because real cards do both. A byte FF is never padding in either,
// since tags FF81xx exist and a reader that skips FF loses them.
//
// Anyone may import it, and it compiles for wasip1. It keeps nothing: elements
// are slices of the caller's bytes, so wiping those bytes wipes everything.
// Errors never quote the input.
package tlv

// An Element is one data object. Value shares memory with the bytes that were
// parsed. Children is filled for constructed tags only, and then covers Value.
type Element struct {
	Tag      Tag
	Value    []byte
	Children List
}

// A List is a sequence of data objects in the order in which they were sent.
type List []Element

// Find returns the value of the first element with this tag, in the order of
// the bytes, at any depth. It goes on after the first constructed element.
func (l List) Find(tag Tag) ([]byte, bool) {
	for _, e := range l {
		if e.Tag == tag {
			return e.Value, true
		}
		if v, ok := e.Children.Find(tag); ok {
			return v, true
		}
	}
	return nil, false
}

// Top returns the first element with this tag at the outermost level.
func (l List) Top(tag Tag) (Element, bool) {
	for _, e := range l {
		if e.Tag == tag {
			return e, true
		}
	}
	return Element{}, false
}

// Primitives calls f for every primitive element, at any depth, in the order
// of the bytes, until f returns false. It reports whether f never did.
func (l List) Primitives(f func(Element) bool) bool {
	for _, e := range l {
		if e.Tag.Constructed() {
			if !e.Children.Primitives(f) {
				return false
			}
			continue
		}
		if !f(e) {
			return false
		}
	}
	return true
}
