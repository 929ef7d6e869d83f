//go:build linux && cgo

package main

import (
	"crypto/cipher"

	"github.com/miekg/pkcs11"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/pinblock"
)

// TranslatePIN takes a PIN pad's block into the zone. The clear PIN field is in the
// answer's own memory meanwhile (pinblock.Translate4), and gone from it when this
// returns.
func (o *operations) TranslatePIN(r element.TranslatePIN, chance *element.Chance) (t element.Translated, err error) {
	err = o.withKey(pinPads, r.KSN, usagePIN, pkcs11.CKA_DECRYPT, func(s *session, key pkcs11.ObjectHandle) error {
		if s.keys.zone == 0 {
			return element.CodeKey
		}
		from, to := &inToken{session: s, key: key}, &inToken{session: s, key: s.keys.zone}
		refused := pinblock.Translate4(t.Block[:], from, to, r.Block[:], r.PAN, fill{chance})
		for _, failed := range []error{from.failed, to.failed} {
			if failed != nil {
				clear(t.Block[:])
				return failed
			}
		}
		if refused != nil {
			return element.CodePIN
		}
		return nil
	})
	return t, err
}

// fill reads the first bytes of a chance.
type fill struct{ chance *element.Chance }

func (f fill) Read(p []byte) (int, error) { return copy(p, f.chance[:]), nil }

// inToken is a block cipher whose key is in a token. A failure is kept, since a
// cipher.Block has no way to tell it; dst is cleared then.
type inToken struct {
	session *session
	key     pkcs11.ObjectHandle
	failed  error
}

var _ cipher.Block = (*inToken)(nil)

func (b *inToken) BlockSize() int { return blockSize }

func (b *inToken) Encrypt(dst, src []byte) { b.do(dst, src, b.session.encrypt) }

func (b *inToken) Decrypt(dst, src []byte) { b.do(dst, src, b.session.decrypt) }

func (b *inToken) do(dst, src []byte, step func(pkcs11.ObjectHandle, []byte) error) {
	copy(dst[:blockSize], src[:blockSize])
	if b.failed == nil {
		b.failed = step(b.key, dst[:blockSize])
	}
	if b.failed != nil {
		clear(dst[:blockSize])
	}
}
