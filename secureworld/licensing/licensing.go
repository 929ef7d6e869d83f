// Package licensing is the challenge and response by which a kernel proves that it
// may use a licence: it holds the private half of the key that the licence names
// (Ed25519, RFC 8032). Who checks the licence's own signature as well, and shows who
// it is itself, has mutual authentication.
//
// The signature is over
//
//	"strongroom licence proof 1" ‖ 00 ‖ use(1) ‖ challenge(32) ‖ nonce(32) ‖ binding(32) ‖ licence(32)
//
// where the challenge is of who asks and the nonce of the kernel, so that neither can
// have the other sign something prepared; the licence is SHA-256 of the document, and
// the binding names where the proof was asked for. See the functions for each use; a
// proof for one of them is none for another.
//
// The kernel, servers and applications that check, and tests import it. It is built
// on the standard library alone.
package licensing

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
)

// Use is who asked.
type Use uint8

// Uses.
const (
	UseAppWorld    Use = 1 // through the mailbox
	UseApplication Use = 2 // a trusted application, by its host function
)

// Proof is the kernel's answer.
type Proof struct {
	Use       Use
	Challenge [32]byte
	Nonce     [32]byte // the kernel's own
	Binding   [32]byte
	Licence   [32]byte // SHA-256 of the licence
	Signature [ed25519.SignatureSize]byte
}

// MeasuredBinding is the binding of a mailbox session whose peer boot has measured:
// one program cannot ask for another.
func MeasuredBinding(program [32]byte) [32]byte {
	return sha256.Sum256(append([]byte("strongroom mailbox session 1\x00"), program[:]...))
}

// ApplicationBinding is the binding of a trusted application: its module.
func ApplicationBinding(module [32]byte) [32]byte {
	return sha256.Sum256(append([]byte("strongroom application 1\x00"), module[:]...))
}

// Over TLS the binding is the session's channel binding (RFC 9266).
const (
	ChannelBindingLabel = "EXPORTER-Channel-Binding"
	ChannelBindingSize  = 32
)

// Prove draws the kernel's nonce and signs.
func Prove(use Use, challenge, binding, licence [32]byte, key ed25519.PrivateKey) Proof {
	p := Proof{Use: use, Challenge: challenge, Binding: binding, Licence: licence}
	_, _ = rand.Read(p.Nonce[:]) // never fails (crypto/rand)
	p.Signature = [ed25519.SignatureSize]byte(ed25519.Sign(key, p.message()))
	return p
}

// Why a proof is none.
var (
	ErrSignature = errors.New("licensing: this kernel does not hold the licence's key")
	ErrChallenge = errors.New("licensing: the proof answers another challenge")
	ErrBinding   = errors.New("licensing: the proof is from another session")
	ErrLicence   = errors.New("licensing: the proof is for another licence")
)

// Verify holds a proof to what was asked. key is the licence's kernel key.
func (p Proof) Verify(use Use, challenge, binding, licence [32]byte, key ed25519.PublicKey) error {
	switch {
	case p.Use != use || p.Challenge != challenge:
		return ErrChallenge
	case p.Binding != binding:
		return ErrBinding
	case p.Licence != licence:
		return ErrLicence
	case len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, p.message(), p.Signature[:]):
		return ErrSignature
	}
	return nil
}

func (p Proof) message() []byte {
	b := append([]byte("strongroom licence proof 1\x00"), byte(p.Use))
	for _, part := range [][32]byte{p.Challenge, p.Nonce, p.Binding, p.Licence} {
		b = append(b, part[:]...)
	}
	return b
}

// HostFunction is the number under which a trusted application asks: 32 bytes of
// challenge in, AnswerSize bytes out. Package tasdk/licence asks.
const (
	HostFunction uint32 = 150
	AnswerSize          = 32 + 32 + 32 + ed25519.SignatureSize
)

// AppendAnswer lays out what the kernel adds to a challenge: nonce, binding, licence,
// signature.
func (p Proof) AppendAnswer(dst []byte) []byte {
	for _, part := range [][32]byte{p.Nonce, p.Binding, p.Licence} {
		dst = append(dst, part[:]...)
	}
	return append(dst, p.Signature[:]...)
}

// ParseAnswer reads it; ok is false at another length.
func ParseAnswer(use Use, challenge [32]byte, b []byte) (p Proof, ok bool) {
	if len(b) != AnswerSize {
		return p, false
	}
	return Proof{use, challenge, [32]byte(b[:32]), [32]byte(b[32:64]), [32]byte(b[64:96]), [ed25519.SignatureSize]byte(b[96:])}, true
}
