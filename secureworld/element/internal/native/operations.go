package native

/*
#include "native.h"

#cgo noescape native_open_account
#cgo nocallback native_open_account
#cgo noescape native_mac_verify
#cgo nocallback native_mac_verify
#cgo noescape native_mac_generate
#cgo nocallback native_mac_generate
#cgo noescape native_pan_reference
#cgo nocallback native_pan_reference
#cgo noescape native_translate
#cgo nocallback native_translate
#cgo noescape native_verify_pin
#cgo nocallback native_verify_pin
#cgo noescape native_pin_offset
#cgo nocallback native_pin_offset
*/
import "C"

import "github.com/strongroom-pos/strongroom/secureworld/element"

// operations gives each caller a desk.
type operations struct {
	desks chan *C.struct_desk // closed when the keys are wiped
	keys  uint16
}

// at calls use at a free desk and makes an error of its code.
func (o *operations) at(use func(*C.struct_desk) C.int) error {
	desk, ok := <-o.desks
	if !ok {
		return element.CodeInternal
	}
	code := use(desk)
	o.desks <- desk
	if code != C.DONE {
		return element.Code(code)
	}
	return nil
}

// close takes every desk, so nobody works any more, and wipes.
func (o *operations) close(desks int, wipe func()) {
	for range desks {
		<-o.desks
	}
	close(o.desks)
	wipe()
}

// Status tells how many keys are loaded.
func (o *operations) Status(element.Status) (element.Health, error) {
	return element.Health{Ready: o.keys > 0, Keys: o.keys}, nil
}

// OpenAccount opens what a terminal sealed.
func (o *operations) OpenAccount(r element.OpenAccount) (a element.Account, err error) {
	data := make([]byte, max(0, len(r.Sealed)-16)) // without the tag
	err = o.at(func(d *C.struct_desk) C.int {
		return C.native_open_account(d, octets(r.KSN[:]), octets(r.Sealed), size(r.Sealed), octets(data))
	})
	if err == nil {
		a.Data = data
	}
	return a, err
}

// MACVerify verifies what a terminal authenticated.
func (o *operations) MACVerify(r element.MACVerify) (v element.Verified, err error) {
	return v, o.at(func(d *C.struct_desk) C.int {
		return C.native_mac_verify(d, octets(r.KSN[:]), octets(r.Data), size(r.Data), octets(r.MAC[:]))
	})
}

// MACGenerate authenticates an answer to a terminal.
func (o *operations) MACGenerate(r element.MACGenerate) (m element.MAC, err error) {
	err = o.at(func(d *C.struct_desk) C.int {
		return C.native_mac_generate(d, octets(r.KSN[:]), octets(r.Data), size(r.Data), octets(m.MAC[:]))
	})
	return m, err
}

// TranslatePIN takes a PIN pad's block into the zone. The fill of the new block
// is the first bytes of chance.
func (o *operations) TranslatePIN(r element.TranslatePIN, chance *element.Chance) (t element.Translated, err error) {
	err = o.at(func(d *C.struct_desk) C.int {
		return C.native_translate(d, octets(r.KSN[:]), octets(r.Block[:]), octets(r.PAN), size(r.PAN),
			octets(chance[:]), octets(t.Block[:]))
	})
	return t, err
}

// VerifyPIN compares with the card's reference.
func (o *operations) VerifyPIN(r element.VerifyPIN) (v element.Verified, err error) {
	return v, o.at(func(d *C.struct_desk) C.int {
		return C.native_verify_pin(d, octets(r.Block[:]), octets(r.PAN), size(r.PAN), octets(r.Offset), size(r.Offset))
	})
}

// PINOffset makes the reference of a PIN when a card is personalised.
func (o *operations) PINOffset(r element.PINOffset) (out element.Offset, err error) {
	var offset [12]byte
	var n C.size_t
	err = o.at(func(d *C.struct_desk) C.int {
		return C.native_pin_offset(d, octets(r.Block[:]), octets(r.PAN), size(r.PAN), octets(offset[:]), &n)
	})
	if err == nil {
		out.Offset = offset[:n]
	}
	return out, err
}

// PANReference is a CMAC over the account number.
func (o *operations) PANReference(r element.PANReference) (ref element.Reference, err error) {
	err = o.at(func(d *C.struct_desk) C.int {
		return C.native_pan_reference(d, octets(r.PAN), size(r.PAN), octets(ref.Reference[:]))
	})
	return ref, err
}
