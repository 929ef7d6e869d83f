// Package sdk is what an applet written in Go asks of its element. An applet registers
// its handler by tasdk.Serve; its own refusals are the codes -1 to -999.
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -ldflags='-s -w' -o applet.wasm ./folder
//
// Applets alone import it.
package sdk

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/element/applet/call"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk"
)

var errLabel = errors.New("sdk: a label or data of a length that cannot be")

// HMAC returns the HMAC-SHA-256 of data under this applet's key of that label.
func HMAC(label string, data []byte) (tag [32]byte, err error) {
	out, err := ask(call.FnHMAC, label, data, len(tag))
	copy(tag[:], out)
	return tag, err
}

// CMAC returns the AES-256-CMAC of data under this applet's key of that label.
func CMAC(label string, data []byte) (tag [16]byte, err error) {
	out, err := ask(call.FnCMAC, label, data, len(tag))
	copy(tag[:], out)
	return tag, err
}

func ask(fn uint32, label string, data []byte, size int) ([]byte, error) {
	b, ok := call.Append(make([]byte, 0, 1+len(label)+len(data)+size), []byte(label), data)
	if !ok {
		return nil, errLabel
	}
	return host(fn, b)
}

// Seal enciphers and authenticates: the same always gives the same (AES-SIV, RFC 5297).
func Seal(label string, associated, plaintext []byte) ([]byte, error) {
	return sealed(call.FnSeal, label, associated, plaintext)
}

// Open is the opposite of Seal, and fails where something was changed.
func Open(label string, associated, text []byte) ([]byte, error) {
	return sealed(call.FnOpen, label, associated, text)
}

func sealed(fn uint32, label string, associated, text []byte) ([]byte, error) {
	room := make([]byte, 0, 3+len(label)+len(associated)+len(text)+call.SealOverhead)
	b, ok := call.AppendSeal(room, []byte(label), associated, text)
	if !ok {
		return nil, errLabel
	}
	return host(fn, b)
}

// Chance fills b with bytes that nobody can foretell, and that all members of a group
// draw alike. A second call gives others.
func Chance(b []byte) error {
	if len(b) > call.MaxChance {
		return errLabel
	}
	room := append(make([]byte, 0, max(len(b), 2)), byte(len(b)>>8), byte(len(b)))
	out, err := host(call.FnChance, room)
	copy(b, out)
	return err
}

func host(fn uint32, b []byte) ([]byte, error) {
	n, err := tasdk.Host(fn, b)
	if err != nil {
		return nil, err
	}
	return b[:n:n], nil
}
