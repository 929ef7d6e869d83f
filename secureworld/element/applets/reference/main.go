//go:build wasip1

// Command reference is an example of an applet that a secure element loads at run time:
// it gives each merchant a customer reference of his own for a card.
//
//	GOOS=wasip1 GOARCH=wasm go build -trimpath -buildmode=c-shared -ldflags='-s -w' -o reference.wasm ./secureworld/element/applets/reference
//
// Its manifest asks for the function "hmac". Package customer is what it does.
package main

import (
	"github.com/strongroom-pos/strongroom/secureworld/element/applet/sdk"
	"github.com/strongroom-pos/strongroom/secureworld/element/applets/reference/customer"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk"
)

// An initialiser, since main does not run in this build mode.
func init() { tasdk.Serve(customer.New(sdk.HMAC).Handle) }

func main() {}
