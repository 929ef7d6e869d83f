package app

import (
	"github.com/strongroom-pos/strongroom/secureworld/payment"
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

// cardholderVerification reads 9F34, which must say that an online PIN was
// entered exactly where the secure world holds one. A card that supports no
// verification leaves no 9F34.
func cardholderVerification(e unseal.EMV, hasPIN bool) (payment.CVM, error) {
	v, there := e.Value(tlv.Tag9F34CVMResults)
	if !there && !hasPIN {
		return payment.CVMNone, nil
	}
	if len(v) != 3 {
		return 0, call.CodeCardData
	}
	cvm, known := cvmOf(v[0]&cvmMethod, v[2])
	if !known || hasPIN != (cvm == payment.CVMOnlinePIN) {
		return 0, call.CodeCardData
	}
	return cvm, nil
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
