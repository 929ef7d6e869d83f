package native

/*
#cgo CFLAGS: -std=gnu11 -O2 -Wall -Wextra -fvisibility=hidden
#include "native.h"

#cgo noescape native_load
#cgo nocallback native_load
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// maxDesks bounds the locked memory: an operation takes microseconds, so more
// desks than cores serve nobody.
const maxDesks = 16

// Library is a make's ciphers: the address of its struct primitives.
type Library struct{ Primitives unsafe.Pointer }

func (l Library) primitives() *C.struct_primitives { return (*C.struct_primitives)(l.Primitives) }

// Open loads an element's keys under its key block protection key, 32 bytes,
// which stays the caller's to clear. The function that it returns waits for the
// operations under way and wipes every key; none works after it.
func (l Library) Open(file element.KeyFile, kbpk []byte) (element.Operations, func(), error) {
	if len(kbpk) != 32 {
		return nil, nil, errors.New("the key block protection key has 32 bytes")
	}
	desks := min(runtime.GOMAXPROCS(0), maxDesks)
	var why C.int
	vault := C.native_open(l.primitives(), C.size_t(desks), &why)
	if vault == nil {
		return nil, nil, reason(why)
	}
	if err := load(vault, file, kbpk); err != nil {
		C.native_close(vault)
		return nil, nil, err
	}
	o := &operations{desks: make(chan *C.struct_desk, desks), keys: uint16(len(file.Keys))} //nolint:gosec // each was loaded: some hundreds
	for i := range desks {
		o.desks <- C.native_desk(vault, C.size_t(i))
	}
	return o, func() { o.close(desks, func() { C.native_close(vault) }) }, nil
}

func load(vault *C.struct_vault, file element.KeyFile, kbpk []byte) error {
	for i, k := range file.Keys {
		slot, slotN := text(string(k.Slot))
		block, blockN := text(k.Block)
		id, idN := text(k.BDKID)
		if k.Slot == element.SlotKeyExchange {
			id, idN = text(k.KEKID)
		}
		table, tableN := text(k.Decimalisation)
		why := C.native_load(vault, octets(kbpk), slot, slotN, block, blockN, id, idN, table, tableN)
		if err := reason(why); err != nil {
			return fmt.Errorf("loading key %d: %w", i+1, err)
		}
	}
	return reason(C.native_furnish(vault))
}

// text and octets show C the memory of a string or slice for the time of a call.

func text(s string) (*C.char, C.size_t) {
	return (*C.char)(unsafe.Pointer(unsafe.StringData(s))), C.size_t(len(s))
}

func octets(b []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.SliceData(b)) }

func size(b []byte) C.size_t { return C.size_t(len(b)) }

func reason(why C.int) error {
	switch why {
	case C.LOADED:
		return nil
	case C.WHY_LIBRARY:
		return errors.New("the library of ciphers does not work")
	case C.WHY_LOCK:
		return errors.New("memory for keys cannot be locked")
	case C.WHY_SLOT:
		return errors.New("unknown slot")
	case C.WHY_BLOCK:
		return errors.New("the key block is refused for its slot")
	case C.WHY_ID:
		return errors.New("the id of the key is not 8 hex digits")
	case C.WHY_ID_TWICE:
		return errors.New("the id of the key is used twice")
	case C.WHY_TWICE:
		return errors.New("the slot is filled twice")
	case C.WHY_TABLE:
		return errors.New("the decimalisation table is refused")
	case C.WHY_MANY:
		return errors.New("too many keys of one slot")
	}
	return errors.New("unknown reason")
}
