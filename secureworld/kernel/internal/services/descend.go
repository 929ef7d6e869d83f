package services

import (
	"crypto"
	"crypto/sha256"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// Keys that come of others. What two ends share is never a key itself: HKDF with
// SHA-256 makes one of it, with the salt and info that both ends name.

// descend makes a symmetric key, which derive fills in.
func (c *Session) descend(r Request, derive func([]byte) call.Code) (uint32, call.Code) {
	a, code := c.check(r, 0)
	switch {
	case code != call.OK:
		return 0, code
	case a.secret == 0:
		return 0, call.CodeAlgorithm
	}
	return c.bear(a, r, a.secret, derive)
}

// shared derives from a secret that lies on the heap, and erases it.
func (c *Session) shared(dst, secret, salt, info []byte) call.Code {
	err := withRoom(c.s.cfg.Memory, len(secret), func(room []byte) error {
		copy(room, secret)
		clear(secret)
		return hkdf(c.s.cfg.Memory, sha256.New, dst, room, salt, info)
	})
	if err != nil {
		return call.CodeInternal
	}
	return call.OK
}

// Derive makes a key of an HKDF key.
func (c *Session) Derive(handle uint32, r Request, salt, info []byte) (uint32, call.Code) {
	if tooLong(salt, info) {
		return 0, call.CodeTooLong
	}
	return c.descend(r, func(dst []byte) call.Code {
		return use(c, handle, call.Derive, func(m deriver) call.Code {
			if m.derive(dst, salt, info) != nil {
				return call.CodeInternal
			}
			return call.OK
		})
	})
}

// Agree makes a key with whom a certificate names.
func (c *Session) Agree(handle uint32, r Request, certificate string, salt, info []byte) (uint32, call.Code) {
	peer, code := c.publicOf(certificate, forAgreement)
	if code != call.OK {
		return 0, code
	}
	return c.descend(r, func(dst []byte) call.Code {
		return use(c, handle, call.Agree, func(m agreer) call.Code {
			secret, err := m.agree(peer)
			if err != nil {
				return call.CodeInvalid
			}
			return c.shared(dst, secret, salt, info)
		})
	})
}

// Encapsulate makes a key, and the ciphertext from which the holder of the
// certificate's ML-KEM key makes the same.
func (c *Session) Encapsulate(r Request, certificate string, salt, info []byte) (handle uint32, ciphertext []byte, code call.Code) {
	public, code := c.publicOf(certificate, forAgreement)
	if code != call.OK {
		return 0, nil, code
	}
	peer, ok := public.(crypto.Encapsulator)
	if !ok {
		return 0, nil, call.CodeAlgorithm
	}
	handle, code = c.descend(r, func(dst []byte) call.Code {
		var secret []byte
		secret, ciphertext = peer.Encapsulate()
		return c.shared(dst, secret, salt, info)
	})
	return handle, ciphertext, code
}

// Decapsulate makes the key that the ciphertext is for.
func (c *Session) Decapsulate(handle uint32, r Request, ciphertext, salt, info []byte) (uint32, call.Code) {
	return c.descend(r, func(dst []byte) call.Code {
		return use(c, handle, call.Agree, func(m decapsulator) call.Code {
			secret, err := m.decapsulate(ciphertext)
			if err != nil {
				return call.CodeInvalid
			}
			return c.shared(dst, secret, salt, info)
		})
	})
}
