// Package crypto gives a trusted application the kernel's cryptographic services.
//
// A key is known by a Handle. Its algorithm and its usages are fixed when it is
// made, and a private key has one usage. Nobody gives a secret key out: there is no
// function that exports or wraps one. What two ends agree on becomes a key with a
// handle too.
//
// Keys that are not persistent end with the instance, which is with the operation
// or payment that it serves. A persistent key is found again by its label:
//
//	k, err := crypto.Find("receipts")
//	if errors.Is(err, crypto.CodeNoKey) {
//		k, err = crypto.Generate(crypto.Key{Algorithm: crypto.ECDSAP256,
//			Usage: crypto.Sign, Persistent: true, Label: "receipts"})
//	}
//	signature, err := k.Sign(message)
//
// Every error is a Code, or a tasdk.HostError where the kernel has no services.
// What the application's manifest does not permit is CodeNotPermitted. Another
// owner's key, certificate or value is as one that is not there.
//
// Messages have at most MaxData bytes. Symmetric operations leave nothing in
// clear outside the application's memory and the kernel's secret memory.
//
// Built natively, the package asks what tasdk.UseHost was given.
package crypto

import (
	"encoding/binary"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// Algorithm says what a key is for; see package call for each.
type Algorithm = call.Algorithm

// Usage is a set of what a key may do.
type Usage = call.Usage

// Code is why the kernel refused.
type Code = call.Code

// ask makes one call. The buffer is wiped: it held what was asked and answered.
func ask(fn uint32, h call.Head, growth int, parts ...[]byte) ([]byte, error) {
	n := call.HeadSize
	for _, p := range parts {
		n += 2 + len(p)
	}
	if n > call.MaxRequest {
		return nil, call.CodeTooLong
	}
	buf := call.Append(make([]byte, 0, n+growth), h, parts...)
	defer clear(buf[:cap(buf)])
	m, err := tasdk.Host(fn, buf)
	if err != nil {
		return nil, told(err)
	}
	return append([]byte(nil), buf[:m]...), nil
}

// told turns the platform's error into the service's own code.
func told(err error) error {
	var host tasdk.HostError
	if errors.As(err, &host) && Code(host.Code).String() != "unknown" {
		return Code(host.Code)
	}
	return err
}

func askHandle(fn uint32, h call.Head, parts ...[]byte) (Handle, error) {
	b, err := ask(fn, h, 0, parts...)
	if err != nil {
		return 0, err
	}
	return handleOf(b)
}

func handleOf(b []byte) (Handle, error) {
	if len(b) < 4 {
		return 0, call.CodeInternal
	}
	return Handle(binary.BigEndian.Uint32(b)), nil
}

// Random gives n random bytes of the kernel's generator, at most MaxRandom.
func Random(n int) ([]byte, error) {
	if n < 0 || n > call.MaxRandom {
		return nil, call.CodeTooLong
	}
	return ask(call.FnRandom, call.Head{Handle: uint32(n)}, n)
}

// Hash gives the digest of a message: SHA256 to SHA3512.
func Hash(a Algorithm, message []byte) ([]byte, error) {
	return ask(call.FnHash, call.Head{Algorithm: a}, 64, message)
}

// Support is what the kernel says of one algorithm.
type Support struct {
	Algorithm Algorithm
	Inside    bool // the FIPS 140-3 module carries it out
	Enabled   bool // the module is in force
	Enforced  bool // what is outside is refused, with CodeFIPS
}

// Report gives every algorithm of the kernel.
func Report() ([]Support, error) {
	b, err := ask(call.FnReport, call.Head{}, 3*256)
	var all []Support
	for ; len(b) >= 3; b = b[3:] {
		all = append(all, Support{Algorithm(b[0]), b[1]&call.ReportInside != 0, b[1]&call.ReportEnabled != 0, b[1]&call.ReportEnforced != 0})
	}
	return all, err
}
