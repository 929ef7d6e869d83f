package schedule

import (
	"errors"
	"reflect"
	"unsafe"
)

// alignment of a moved object: one cache line, more than any cipher asks for.
const alignment = 64

var (
	errNotPlain = errors.New("the object holds pointers")
	errTooLarge = errors.New("the object outgrew its room")
)

// layout is what is known of one concrete cipher type in this build.
type layout struct {
	tab   unsafe.Pointer // interface table of the type that was examined
	size  uintptr
	plain bool  // no pointer inside: may be cleared bytewise
	moves error // nil when it also answers correctly after a move
}

// examine finds the layout of what v points to.
func examine[T any](v T) layout {
	t := reflect.TypeOf(v)
	if t.Kind() != reflect.Pointer || !plain(t.Elem()) {
		return layout{moves: errNotPlain}
	}
	return layout{tab: words(&v)[0], size: t.Elem().Size(), plain: true}
}

// plain reports whether values of type t hold no pointer at any depth.
func plain(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			if !plain(t.Field(i).Type) {
				return false
			}
		}
		return true
	case reflect.Array:
		return plain(t.Elem())
	default:
		return t.Kind() >= reflect.Bool && t.Kind() <= reflect.Complex128
	}
}

// place moves v into room where that is possible and returns what erases it.
func place[T any](v T, l layout, room []byte, need int) (T, func(), error) {
	if room == nil || l.moves != nil || words(&v)[0] != l.tab {
		return v, func() { eraseObject(v, l) }, nil
	}
	if len(room) < need {
		eraseObject(v, l)
		var none T
		return none, nil, errRoom
	}
	seat := relocate(&v, l, room)
	return v, func() { clear(seat) }, nil
}

// relocate copies the object behind *v to an aligned seat in room, clears the
// old copy and lets *v point to the new one. A non-empty interface is two
// words: the table of its type, and the address of its data.
func relocate[T any](v *T, l layout, room []byte) []byte {
	seat := align(room)[:l.size]
	copy(seat, object(v, l))
	clear(object(v, l))
	words(v)[1] = unsafe.Pointer(unsafe.SliceData(seat))
	return seat
}

// eraseObject clears the object that v points to, if that is known to be sound.
func eraseObject[T any](v T, l layout) {
	if l.plain && words(&v)[0] == l.tab {
		clear(object(&v, l))
	}
}

func object[T any](v *T, l layout) []byte {
	return unsafe.Slice((*byte)(words(v)[1]), l.size)
}

// words reinterprets an interface variable. T is cipher.Block or cipher.AEAD.
func words[T any](v *T) *[2]unsafe.Pointer { return (*[2]unsafe.Pointer)(unsafe.Pointer(v)) }

func align(room []byte) []byte {
	off := uintptr(unsafe.Pointer(unsafe.SliceData(room))) & (alignment - 1)
	return room[(alignment-off)&(alignment-1):]
}
