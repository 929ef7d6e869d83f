package crypto

import "github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"

// VerifyWith checks a signature of the holder of a certificate that was put under
// this name.
func VerifyWith(certificate string, a Algorithm, message, signature []byte) error {
	_, err := ask(call.FnVerifyWith, call.Head{Algorithm: a}, 0, []byte(certificate), message, signature)
	return err
}

// EncryptWith encrypts to the holder of a certificate; see Handle.Decrypt.
func EncryptWith(certificate string, a Algorithm, plaintext, extra []byte) ([]byte, error) {
	return ask(call.FnEncryptWith, call.Head{Algorithm: a}, call.MaxGrowth, []byte(certificate), plaintext, extra)
}

// PutCertificate keeps a certificate under a name, for all instances of this
// application. It must have a chain to one that was put as trusted or to this
// device's services authority: CodeUntrusted where it has none. A trusted one must
// be an authority's.
func PutCertificate(name string, der []byte, trusted bool) error {
	var h call.Head
	if trusted {
		h.Flags = call.Trusted
	}
	_, err := ask(call.FnPutCertificate, h, 0, []byte(name), der)
	return err
}

// GetCertificate gives what was put.
func GetCertificate(name string) ([]byte, error) {
	return ask(call.FnGetCertificate, call.Head{}, MaxCertificate, []byte(name))
}

// DeleteCertificate removes it.
func DeleteCertificate(name string) error {
	_, err := ask(call.FnDeleteCertificate, call.Head{}, 0, []byte(name))
	return err
}

// PutData keeps a value under a name, for all instances of this application.
func PutData(name string, value []byte) error {
	_, err := ask(call.FnPutData, call.Head{}, 0, []byte(name), value)
	return err
}

// GetData gives it: CodeNotFound where there is none.
func GetData(name string) ([]byte, error) {
	return ask(call.FnGetData, call.Head{}, MaxValue, []byte(name))
}

// DeleteData removes it.
func DeleteData(name string) error {
	_, err := ask(call.FnDeleteData, call.Head{}, 0, []byte(name))
	return err
}
