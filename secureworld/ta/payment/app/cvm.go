package app

import (
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/unseal"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// CVM results, 9F34 (EMV 4.4 Book 4, Annex A4): method, condition, result. The
// method's upper bits say how to go on and nothing of what was done.
const (
	cvmMethod = 0x3F
	cvmFailed = 0x01 // result
)

// verification is what became of the cardholder's verification. An online PIN was
// entered exactly where the secure world holds one, and a PIN was verified by the
// card only where the secure world had one enciphered for it: a reader that says
// otherwise contradicts what was ordered.
func (e entry) verification(emv unseal.EMV, online, offline bool) (payment.CVM, error) {
	cvm, err := payment.CVMNone, error(nil)
	switch {
	case e.mode == payment.EntryModeChip:
		cvm, err = contactVerification(emv)
	default:
		cvm, err = outcomeVerification(emv)
	}
	if err != nil || online != (cvm == payment.CVMOnlinePIN) || cvm == payment.CVMOfflinePIN && !offline {
		return 0, call.CodeCardData
	}
	return cvm, nil
}

// contactVerification reads 9F34. A card that supports no verification leaves none.
func contactVerification(e unseal.EMV) (payment.CVM, error) {
	v, there := e.Value(tlv.Tag9F34CVMResults)
	if !there {
		return payment.CVMNone, nil
	}
	if len(v) != 3 {
		return 0, call.CodeCardData
	}
	cvm, known := cvmOf(v[0]&cvmMethod, v[2])
	if !known {
		return 0, call.CodeCardData
	}
	return cvm, nil
}

// outcomeVerification reads what a contactless kernel's outcome, or the reader's
// rules for stripes, asked for.
func outcomeVerification(e unseal.EMV) (payment.CVM, error) {
	v, _ := e.Value(contents.TagOutcomeCVM)
	if len(v) != 1 {
		return 0, call.CodeCardData
	}
	switch v[0] {
	case contents.CVMNone:
		return payment.CVMNoCVM, nil
	case contents.CVMOnlinePIN:
		return payment.CVMOnlinePIN, nil
	case contents.CVMSignature:
		return payment.CVMSignature, nil
	case contents.CVMDevice:
		return payment.CVMDevice, nil
	}
	return 0, call.CodeCardData
}

// cvmOf names a method (EMV 4.4 Book 3, Annex C3) with its result.
func cvmOf(method, result byte) (cvm payment.CVM, known bool) {
	if result == cvmFailed {
		return payment.CVMFailed, true
	}
	switch method {
	case 0x00:
		return payment.CVMFailed, true
	case 0x01, 0x04:
		return payment.CVMOfflinePIN, true
	case 0x02:
		return payment.CVMOnlinePIN, true
	case 0x03, 0x05, 0x1E: // with an offline PIN as well, or alone: paper is to be signed
		return payment.CVMSignature, true
	case 0x1F:
		return payment.CVMNoCVM, true
	case cvmMethod: // none was performed
		return payment.CVMNone, true
	}
	return 0, false
}
