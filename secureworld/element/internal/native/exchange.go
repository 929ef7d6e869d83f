package native

/*
#include "native.h"

#cgo noescape native_load_key_block
#cgo nocallback native_load_key_block
#cgo noescape native_derive
#cgo nocallback native_derive
#cgo noescape native_translate_under
#cgo nocallback native_translate_under
#cgo noescape native_open_account_under
#cgo nocallback native_open_account_under
*/
import "C"

import (
	"unsafe"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// letters shows C the characters of a slice for the time of a call.
func letters(b []byte) *C.char { return (*C.char)(unsafe.Pointer(unsafe.SliceData(b))) }

// LoadKeyBlock tells what a key block is.
func (o *operations) LoadKeyBlock(r element.LoadKeyBlock) (l element.LoadedKey, err error) {
	var out C.struct_loaded
	err = o.at(func(d *C.struct_desk) C.int {
		return C.native_load_key_block(d, octets(r.KEK[:]), letters(r.Block), size(r.Block), &out)
	})
	if err != nil {
		return l, err
	}
	l.Usage, l.Mode = [2]byte{byte(out.usage[0]), byte(out.usage[1])}, byte(out.mode)
	for i := range l.Check {
		l.Check[i] = byte(out.check[i])
	}
	return l, nil
}

// Derive makes the initial key of a device and gives it out as a block alone.
func (o *operations) Derive(r element.Derive, chance *element.Chance) (out element.DerivedKey, err error) {
	block, n := make([]byte, element.MaxKeyBlock), C.size_t(0)
	err = o.at(func(d *C.struct_desk) C.int {
		return C.native_derive(d, octets(r.KEK[:]), letters(r.Base), size(r.Base), octets(r.ID[:]),
			octets(chance[:]), letters(block), &n, octets(out.Check[:]))
	})
	if err != nil {
		return element.DerivedKey{}, err
	}
	out.Block = block[:n]
	return out, nil
}

func guests(kek element.KEKID, ksn element.KSN, base, zone []byte) *C.struct_guests {
	g := &C.struct_guests{base_n: size(base), zone_n: size(zone)}
	fill(g.kek[:], kek[:])
	fill(g.ksn[:], ksn[:])
	return g
}

// TranslatePINUnder is TranslatePIN between keys of which one or both came along.
func (o *operations) TranslatePINUnder(r element.TranslatePINUnder, chance *element.Chance) (t element.Translated, err error) {
	g := guests(r.KEK, r.KSN, r.Base, r.Zone)
	err = o.at(func(d *C.struct_desk) C.int {
		return C.native_translate_under(d, g, letters(r.Base), letters(r.Zone), octets(r.Block[:]),
			octets(r.PAN), size(r.PAN), octets(chance[:]), octets(t.Block[:]))
	})
	return t, err
}

// OpenAccountUnder is OpenAccount under a base derivation key that came along.
func (o *operations) OpenAccountUnder(r element.OpenAccountUnder) (a element.Account, err error) {
	g := guests(r.KEK, r.KSN, r.Base, nil)
	data := make([]byte, max(0, len(r.Sealed)-16)) // without the tag
	err = o.at(func(d *C.struct_desk) C.int {
		return C.native_open_account_under(d, g, letters(r.Base), octets(r.Sealed), size(r.Sealed), octets(data))
	})
	if err == nil {
		a.Data = data
	}
	return a, err
}
