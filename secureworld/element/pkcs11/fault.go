//go:build linux && cgo

package main

import (
	"errors"

	"github.com/miekg/pkcs11"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

var errLength = errors.New("the token answered with another length")

// sealOf tells a tag that does not verify from a token that fails. There is no one
// answer for the first: SoftHSM2 2.6.1 gives CKR_GENERAL_ERROR.
func sealOf(err error) error {
	for _, code := range []pkcs11.Error{
		pkcs11.CKR_ENCRYPTED_DATA_INVALID, pkcs11.CKR_ENCRYPTED_DATA_LEN_RANGE, pkcs11.CKR_SIGNATURE_INVALID,
		pkcs11.CKR_FUNCTION_FAILED, pkcs11.CKR_GENERAL_ERROR, pkcs11.Error(aeadDecryptFailed),
	} {
		if errors.Is(err, code) {
			return element.CodeSeal
		}
	}
	return err
}

// aeadDecryptFailed is of PKCS #11 3.0, which the binding does not name.
const aeadDecryptFailed = 0x42

// codeOf is what a client is told: a token that is not there is unavailable.
func codeOf(err error) error {
	if err == nil || errors.As(err, new(element.Code)) {
		return err
	}
	for _, code := range []pkcs11.Error{
		pkcs11.CKR_DEVICE_REMOVED, pkcs11.CKR_DEVICE_ERROR, pkcs11.CKR_TOKEN_NOT_PRESENT, pkcs11.CKR_SESSION_HANDLE_INVALID,
		pkcs11.CKR_SESSION_CLOSED, pkcs11.CKR_USER_NOT_LOGGED_IN, pkcs11.CKR_SESSION_COUNT,
	} {
		if errors.Is(err, code) {
			return element.CodeUnavailable
		}
	}
	return element.CodeInternal
}
