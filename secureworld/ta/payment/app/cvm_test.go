package app

import (
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

func TestCVMResultsAreNamed(t *testing.T) {
	for _, c := range []struct {
		method, result byte
		want           payment.CVM
		known          bool
	}{
		{0x00, 0, payment.CVMFailed, true},
		{0x01, 2, payment.CVMOfflinePIN, true},
		{0x04, 2, payment.CVMOfflinePIN, true},
		{0x04, 1, payment.CVMFailed, true},
		{0x02, 0, payment.CVMOnlinePIN, true},
		{0x02, 1, payment.CVMFailed, true},
		{0x03, 0, payment.CVMSignature, true},
		{0x05, 0, payment.CVMSignature, true},
		{0x1E, 0, payment.CVMSignature, true},
		{0x1F, 2, payment.CVMNoCVM, true},
		{0x3F, 0, payment.CVMNone, true},
		{0x3F, 1, payment.CVMFailed, true},
		{0x06, 2, 0, false},
		{0x20, 2, 0, false},
	} {
		if got, known := cvmOf(c.method, c.result); got != c.want || known != c.known {
			t.Errorf("%02X, result %02X: %v, %v", c.method, c.result, got, known)
		}
	}
}
