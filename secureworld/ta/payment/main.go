//go:build wasip1

// Command payment is the payment application of the secure world: a WebAssembly
// module whose linear memory is the only place where account data are in clear.
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o payment.wasm ./secureworld/ta/payment
//
// Package call draws its door, package app is what it does. The kernel runs a
// fresh instance for every payment.
package main

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/app"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk"
)

// An initialiser, since main does not run in this build mode.
func init() { tasdk.Serve(app.New(kernel{}).Handle) }

func main() {}

// kernel asks the kernel of the secure world.
type kernel struct{}

// Do tells the kernel's refusals as codes.
func (kernel) Do(fn uint32, buf []byte) (int, error) {
	n, err := tasdk.Host(fn, buf)
	var refused tasdk.HostError
	if errors.As(err, &refused) {
		return 0, call.Code(refused.Code)
	}
	return n, err
}
