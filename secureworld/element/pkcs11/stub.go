//go:build !linux || !cgo

// Command pkcs11 needs C and Linux: see main.go.
package main

import "os"

func main() {
	println("pkcs11: built without C; build on linux with CGO_ENABLED=1")
	os.Exit(1)
}
