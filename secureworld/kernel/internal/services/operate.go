package services

import (
	"crypto/rand"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// What material can do. Results are appended to dst, which shares no memory with
// the input.
type (
	sealer interface {
		seal(dst, plaintext, extra []byte) ([]byte, error)
		open(dst, sealed, extra []byte) ([]byte, error)
	}
	tagger interface {
		mac(dst, message []byte) ([]byte, error)
	}
	signer interface {
		sign(message []byte) ([]byte, error)
	}
	decrypter interface {
		decrypt(sealed, extra []byte) ([]byte, error)
	}
	agreer interface {
		agree(public any) ([]byte, error)
	}
	decapsulator interface {
		decapsulate(ciphertext []byte) ([]byte, error)
	}
	deriver interface {
		derive(dst, salt, info []byte) error
	}
)

// result turns what an operation gave into an answer: why it failed is not told,
// since the reason can be a part of the secret.
func result(dst *[]byte, b []byte, err error) call.Code {
	if err != nil {
		return call.CodeInvalid
	}
	*dst = b
	return call.OK
}

func tooLong(data, extra []byte) bool {
	return len(data) > call.MaxData+call.MaxGrowth || len(extra) > call.MaxExtra
}

// Seal encrypts under a symmetric key.
func (c *Session) Seal(dst []byte, handle uint32, plaintext, extra []byte) ([]byte, call.Code) {
	if len(plaintext) > call.MaxData || tooLong(plaintext, extra) {
		return nil, call.CodeTooLong
	}
	code := use(c, handle, call.Encrypt, func(m sealer) call.Code {
		b, err := m.seal(dst, plaintext, extra)
		if err != nil {
			return call.CodeMalformed
		}
		return result(&dst, b, nil)
	})
	return dst, code
}

// Open decrypts what Seal made.
func (c *Session) Open(dst []byte, handle uint32, sealed, extra []byte) ([]byte, call.Code) {
	if tooLong(sealed, extra) {
		return nil, call.CodeTooLong
	}
	code := use(c, handle, call.Decrypt, func(m sealer) call.Code {
		b, err := m.open(dst, sealed, extra)
		return result(&dst, b, err)
	})
	return dst, code
}

// Sign signs with a private key.
func (c *Session) Sign(dst []byte, handle uint32, message []byte) ([]byte, call.Code) {
	if tooLong(message, nil) {
		return nil, call.CodeTooLong
	}
	code := use(c, handle, call.Sign, func(m signer) call.Code {
		b, err := m.sign(message)
		return result(&dst, append(dst, b...), err)
	})
	return dst, code
}

// Verify checks a signature of one's own key.
func (c *Session) Verify(handle uint32, message, signature []byte) call.Code {
	if tooLong(message, nil) {
		return call.CodeTooLong
	}
	var algorithm call.Algorithm
	if k, code := c.Describe(handle); code == call.OK {
		algorithm = k.Algorithm
	}
	return use(c, handle, call.Sign, func(m private) call.Code {
		if !c.s.algorithms[algorithm].verify(m.public(), message, signature) {
			return call.CodeInvalid
		}
		return call.OK
	})
}

// MAC authenticates a message.
func (c *Session) MAC(dst []byte, handle uint32, message []byte) ([]byte, call.Code) {
	return c.tag(dst, handle, call.MAC, message)
}

func (c *Session) tag(dst []byte, handle uint32, usage call.Usage, message []byte) ([]byte, call.Code) {
	if tooLong(message, nil) {
		return nil, call.CodeTooLong
	}
	code := use(c, handle, usage, func(m tagger) call.Code {
		b, err := m.mac(dst, message)
		return result(&dst, b, err)
	})
	return dst, code
}

// VerifyMAC checks a whole tag.
func (c *Session) VerifyMAC(handle uint32, message, tag []byte) call.Code {
	right, code := c.tag(nil, handle, call.VerifyMAC, message)
	switch {
	case code != call.OK:
		return code
	case !equal(right, tag):
		return call.CodeInvalid
	}
	return call.OK
}

// Decrypt opens with a private key what EncryptWith made for its certificate.
func (c *Session) Decrypt(dst []byte, handle uint32, sealed, extra []byte) ([]byte, call.Code) {
	if tooLong(sealed, extra) {
		return nil, call.CodeTooLong
	}
	code := use(c, handle, call.Decrypt, func(m decrypter) call.Code {
		if _, ok := m.(*rsaDecrypter); !ok && hpkeRefused() {
			return call.CodeFIPS
		}
		b, err := m.decrypt(sealed, extra)
		defer clear(b)
		return result(&dst, append(dst, b...), err)
	})
	return dst, code
}

// Random appends n random bytes.
func (c *Session) Random(dst []byte, n int) ([]byte, call.Code) {
	if code := c.allowed(PermitCompute); code != call.OK {
		return nil, code
	}
	if n < 0 || n > call.MaxRandom {
		return nil, call.CodeTooLong
	}
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return append(dst, b...), call.OK
}

// Hash appends the digest of a message.
func (c *Session) Hash(dst []byte, a call.Algorithm, message []byte) ([]byte, call.Code) {
	if code := c.allowed(PermitCompute); code != call.OK {
		return nil, code
	}
	if a < call.SHA256 || a >= call.HashEnd {
		return nil, call.CodeAlgorithm
	}
	if tooLong(message, nil) {
		return nil, call.CodeTooLong
	}
	h := c.s.hashes[a-call.SHA256]()
	h.Write(message)
	return h.Sum(dst), call.OK
}
