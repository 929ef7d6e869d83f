package app

import (
	"errors"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/account"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/token"
)

// Host is the kernel: operation fn in place on buf[:len(buf)], with room up to
// its capacity. It returns the length of the result. A refusal is a call.Code.
type Host interface {
	Do(fn uint32, buf []byte) (int, error)
}

// gcmTag is what sealing adds.
const gcmTag = 16

// The largest account data fit, sealed, into what the host takes.
const _ = uint(hostspec.MaxSealedAccount - account.MaxTLV - gcmTag)

// kernel is a Host whose answers have the length that the door demands.
type kernel struct{ host Host }

// do checks that the result has want bytes.
func (k kernel) do(fn uint32, buf []byte, want int) ([]byte, error) {
	n, err := k.host.Do(fn, buf)
	if err != nil {
		return nil, err
	}
	if n != want || n > cap(buf) {
		return nil, call.CodeInternal
	}
	return buf[:n], nil
}

// open turns an envelope's ciphertext into its plaintext.
func (k kernel) open(fn uint32, envelope *[contents.SealedSize]byte) ([]byte, error) {
	return k.do(fn, envelope[:], contents.Size)
}

// seal turns plaintext into ciphertext, in its own memory.
func (k kernel) seal(fn uint32, plaintext []byte) ([]byte, error) {
	return k.do(fn, plaintext, len(plaintext)+gcmTag)
}

// mac adds the MAC to a message.
func (k kernel) mac(fn uint32, message []byte) ([]byte, error) {
	return k.do(fn, message, len(message)+hostspec.MACSize)
}

// check verifies the MAC of a message.
func (k kernel) check(message []byte) error {
	if len(message) <= hostspec.MACSize {
		return call.CodeMAC
	}
	_, err := k.do(call.HostCheck, message, 0)
	return err
}

// tokenKey fills key.
func (k kernel) tokenKey(key *[token.KeySize]byte) error {
	_, err := k.do(call.HostTokenKey, key[:0], len(key))
	return err
}

// codeOf is the code that leaves for an error. An error that is none is a fault
// of this program, and its text stays here.
func codeOf(err error) call.Code {
	var c call.Code
	if errors.As(err, &c) && c <= call.CodeMalformed && c >= call.CodeInternal {
		return c
	}
	return call.CodeInternal
}
