package crypto

import (
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// Handle names a key of this application.
type Handle uint32

// Key is what a key is to be, and what may be known of one.
type Key struct {
	Algorithm  Algorithm
	Usage      Usage
	Persistent bool   // it outlives this instance; needs a permission of its own
	Label      string // of persistent keys, at most MaxName bytes, one of a kind
}

func (k Key) head(parent Handle) call.Head {
	h := call.Head{Handle: uint32(parent), Algorithm: k.Algorithm, Usage: k.Usage}
	if k.Persistent {
		h.Flags = call.Persistent
	}
	return h
}

// Generate makes a key of random bits.
func Generate(k Key) (Handle, error) {
	return askHandle(call.FnGenerate, k.head(0), []byte(k.Label))
}

// Import takes a symmetric key that came from elsewhere. It needs a permission of
// its own, and the caller wipes secret.
func Import(k Key, secret []byte) (Handle, error) {
	return askHandle(call.FnImport, k.head(0), []byte(k.Label), secret)
}

// Find looks for a persistent key by its label: CodeNoKey where there is none.
func Find(label string) (Handle, error) {
	return askHandle(call.FnFind, call.Head{}, []byte(label))
}

// List gives all keys that this instance can use.
func List() ([]Handle, error) {
	b, err := ask(call.FnList, call.Head{}, 4*256)
	var all []Handle
	for ; len(b) >= 4; b = b[4:] {
		all = append(all, Handle(binary.BigEndian.Uint32(b)))
	}
	return all, err
}

// Describe tells what a key is.
func (h Handle) Describe() (Key, error) {
	b, err := ask(call.FnDescribe, h.head(), MaxName)
	if err != nil {
		return Key{}, err
	}
	if len(b) < 3 {
		return Key{}, call.CodeInternal
	}
	return Key{Algorithm(b[0]), Usage(b[1]), b[2]&call.Persistent != 0, string(b[3:])}, nil
}

// Delete ends the key.
func (h Handle) Delete() error {
	_, err := ask(call.FnDelete, h.head(), 0)
	return err
}

// Certificate gives the public half of a private key: X.509, DER, signed by this
// device's services authority.
func (h Handle) Certificate() ([]byte, error) {
	return ask(call.FnCertificate, h.head(), MaxCertificate)
}

func (h Handle) head() call.Head { return call.Head{Handle: uint32(h)} }

// Seal encrypts under a symmetric key. Nonce or IV is drawn by the kernel and
// stands before the ciphertext. extra is authenticated beside the plaintext (GCM,
// ChaCha20-Poly1305, SIV) and must be empty for CBC and CTR, which authenticate
// nothing.
func (h Handle) Seal(plaintext, extra []byte) ([]byte, error) {
	return ask(call.FnSeal, h.head(), call.MaxGrowth, plaintext, extra)
}

// Open decrypts what Seal made: CodeInvalid where it was changed.
func (h Handle) Open(sealed, extra []byte) ([]byte, error) {
	return ask(call.FnOpen, h.head(), 0, sealed, extra)
}

// Sign signs a message, which the kernel hashes.
func (h Handle) Sign(message []byte) ([]byte, error) {
	return ask(call.FnSign, h.head(), 512, message)
}

// Verify checks a signature of this key; VerifyWith one of a certificate's.
func (h Handle) Verify(message, signature []byte) error {
	_, err := ask(call.FnVerify, h.head(), 0, message, signature)
	return err
}

// MAC authenticates a message.
func (h Handle) MAC(message []byte) ([]byte, error) {
	return ask(call.FnMAC, h.head(), 64, message)
}

// VerifyMAC checks a whole tag.
func (h Handle) VerifyMAC(message, tag []byte) error {
	_, err := ask(call.FnVerifyMAC, h.head(), 0, message, tag)
	return err
}

// Decrypt opens with a private key what was encrypted to its certificate: RSA-OAEP
// with extra as the label, or HPKE (RFC 9180, base mode, HKDF-SHA256, AES-256-GCM)
// with extra as the info.
func (h Handle) Decrypt(sealed, extra []byte) ([]byte, error) {
	return ask(call.FnDecrypt, h.head(), 0, sealed, extra)
}

// Agree makes a symmetric key with whom a certificate names: HKDF-SHA256 with salt
// and info, of the secret that ECDH gives.
func (h Handle) Agree(k Key, certificate string, salt, info []byte) (Handle, error) {
	return askHandle(call.FnAgree, k.head(h), []byte(certificate), salt, info)
}

// Derive makes a symmetric key of an HKDF key.
func (h Handle) Derive(k Key, salt, info []byte) (Handle, error) {
	return askHandle(call.FnDerive, k.head(h), salt, info)
}

// Encapsulate makes a symmetric key, and the ciphertext from which the holder of
// the ML-KEM certificate makes the same: HKDF-SHA256 with salt and info.
func Encapsulate(k Key, certificate string, salt, info []byte) (key Handle, ciphertext []byte, err error) {
	b, err := ask(call.FnEncapsulate, k.head(0), call.MaxGrowth, []byte(certificate), salt, info)
	if err != nil {
		return 0, nil, err
	}
	if key, err = handleOf(b); err != nil {
		return 0, nil, err
	}
	return key, b[4:], nil
}

// Decapsulate makes the key that a ciphertext is for.
func (h Handle) Decapsulate(k Key, ciphertext, salt, info []byte) (Handle, error) {
	return askHandle(call.FnDecapsulate, k.head(h), ciphertext, salt, info)
}
