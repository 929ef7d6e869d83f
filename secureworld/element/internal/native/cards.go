package native

/*
#include "native.h"

#cgo noescape native_verify_arqc
#cgo nocallback native_verify_arqc
#cgo noescape native_script_mac
#cgo nocallback native_script_mac
#cgo noescape native_verify_cvv
#cgo nocallback native_verify_cvv
#cgo noescape native_verify_cvc3
#cgo nocallback native_verify_cvc3
*/
import "C"

import "github.com/strongroom-pos/strongroom/secureworld/element"

// fill copies a field into its place in C's struct, which has the same size.
func fill(dst []C.uint8_t, src []byte) {
	for i, c := range src {
		dst[i] = C.uint8_t(c)
	}
}

// VerifyARQC verifies a card's cryptogram and answers it.
func (o *operations) VerifyARQC(r element.VerifyARQC) (a element.IssuerAuthentication, err error) {
	t := C.struct_transaction{psn: C.uint8_t(r.PSN), derivation: C.uint8_t(r.Derivation), method: C.uint8_t(r.Method)}
	fill(t.atc[:], r.ATC[:])
	fill(t.un[:], r.UN[:])
	fill(t.arqc[:], r.ARQC[:])
	fill(t.arc[:], r.ARC[:])
	fill(t.csu[:], r.CSU[:])
	var out [16]byte
	var n C.size_t
	err = o.at(func(d *C.struct_desk) C.int {
		return C.native_verify_arqc(d, &t, octets(r.PAN), size(r.PAN), octets(r.Data), size(r.Data), octets(out[:]), &n)
	})
	if err == nil {
		a.Data = out[:n]
	}
	return a, err
}

// ScriptMAC authenticates the one command of a script.
func (o *operations) ScriptMAC(r element.ScriptMAC) (m element.MAC, err error) {
	t := C.struct_transaction{psn: C.uint8_t(r.PSN), messaging: C.uint8_t(r.Messaging)}
	fill(t.atc[:], r.ATC[:])
	fill(t.arqc[:], r.ARQC[:])
	fill(t.header[:], r.Header[:])
	err = o.at(func(d *C.struct_desk) C.int {
		return C.native_script_mac(d, &t, octets(r.PAN), size(r.PAN), octets(r.Data), size(r.Data), octets(m.MAC[:]))
	})
	return m, err
}

// VerifyCVV compares a card verification value.
func (o *operations) VerifyCVV(r element.VerifyCVV) (v element.Verified, err error) {
	t := C.struct_transaction{place: C.uint8_t(r.Place)}
	fill(t.expiry[:], r.Expiry[:])
	fill(t.service[:], r.Service[:])
	fill(t.value[:], r.Value[:])
	return v, o.at(func(d *C.struct_desk) C.int {
		return C.native_verify_cvv(d, &t, octets(r.PAN), size(r.PAN))
	})
}

// VerifyCVC3 compares a dynamic card verification code.
func (o *operations) VerifyCVC3(r element.VerifyCVC3) (v element.Verified, err error) {
	t := C.struct_transaction{psn: C.uint8_t(r.PSN)}
	fill(t.un[:], r.UN[:])
	fill(t.atc[:], r.ATC[:])
	fill(t.code[:], r.Code[:])
	return v, o.at(func(d *C.struct_desk) C.int {
		return C.native_verify_cvc3(d, &t, octets(r.PAN), size(r.PAN), octets(r.Track), size(r.Track))
	})
}
