//go:build wasip1

// Command application is a trusted application that uses package crypto, for the
// services' tests and benchmarks.
package main

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto"
)

func init() { tasdk.Serve(handle) }

func main() {}

// handle answers a code of package crypto where one was given.
func handle(op uint32, request, out []byte) (int, int32) {
	n, err := operate(op, request, out)
	var code crypto.Code
	switch {
	case errors.As(err, &code):
		return 0, int32(code)
	case err != nil:
		return 0, -1
	}
	return n, 0
}

func operate(op uint32, request, out []byte) (int, error) {
	switch op {
	case 1:
		return 0, everything()
	case 2: // seal the message under the key of this handle, as often as asked
		k, times := crypto.Handle(binary.BigEndian.Uint32(request)), binary.BigEndian.Uint32(request[4:])
		for range times {
			sealed, err := k.Seal(request[8:], nil)
			if err != nil || len(sealed) != len(request)-8+28 {
				return 0, errors.Join(err, errOther)
			}
		}
		return 0, nil
	case 3: // what this handle may be used for
		_, err := crypto.Handle(binary.BigEndian.Uint32(request)).Describe()
		return 0, err
	case 4:
		k, err := crypto.Generate(crypto.Key{Algorithm: crypto.AES256GCM, Usage: crypto.Encrypt | crypto.Decrypt})
		binary.BigEndian.PutUint32(out, uint32(k))
		return 4, err
	}
	return 0, errOther
}

var errOther = errors.New("another answer than expected")

// everything uses a key of each kind once.
func everything() error {
	return errors.Join(symmetric(), signature(), letter(), state())
}

func symmetric() error {
	k, err := crypto.Generate(crypto.Key{Algorithm: crypto.ChaCha20Poly1305, Usage: crypto.Encrypt | crypto.Decrypt})
	if err != nil {
		return err
	}
	message := bytes.Repeat([]byte("message"), 2000)
	sealed, err := k.Seal(message, []byte("extra"))
	if err != nil {
		return err
	}
	opened, err := k.Open(sealed, []byte("extra"))
	if err != nil || !bytes.Equal(opened, message) {
		return errors.Join(err, errOther)
	}
	return k.Delete()
}

func signature() error {
	k, err := crypto.Generate(crypto.Key{Algorithm: crypto.Ed25519, Usage: crypto.Sign})
	if err != nil {
		return err
	}
	s, err := k.Sign([]byte("message"))
	if err != nil {
		return err
	}
	der, err := k.Certificate()
	if err != nil {
		return err
	}
	return errors.Join(crypto.PutCertificate("signer", der, false), crypto.VerifyWith("signer", crypto.Ed25519, []byte("message"), s))
}

func letter() error {
	k, err := crypto.Generate(crypto.Key{Algorithm: crypto.MLKEM768, Usage: crypto.Decrypt})
	if err != nil {
		return err
	}
	der, err := k.Certificate()
	if err != nil {
		return err
	}
	if err := crypto.PutCertificate("opener", der, false); err != nil {
		return err
	}
	sealed, err := crypto.EncryptWith("opener", crypto.MLKEM768, []byte("letter"), nil)
	if err != nil {
		return err
	}
	if opened, err := k.Decrypt(sealed, nil); err != nil || string(opened) != "letter" {
		return errors.Join(err, errOther)
	}
	return nil
}

func state() error {
	if err := crypto.PutData("state", []byte("value")); err != nil {
		return err
	}
	if v, err := crypto.GetData("state"); err != nil || string(v) != "value" {
		return errors.Join(err, errOther)
	}
	if _, err := crypto.Find("nothing"); !errors.Is(err, crypto.CodeNoKey) {
		return errors.Join(err, errOther)
	}
	return nil
}
