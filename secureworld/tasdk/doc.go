// Package tasdk is what a developer of a trusted application imports. A trusted
// application is a Go program built with GOOS=wasip1 GOARCH=wasm and
// -buildmode=c-shared, signed by its developer, and run by the kernel of the
// secure world in memory of its own: a fresh instance for every payment, wiped
// when it ends. It has no files, no network, no environment, no arguments; a
// clock and random bytes. What it writes to standard error is counted and
// thrown away. Every call has a deadline; a call that misses it ends the
// instance.
//
// main does not run in this build mode; register in an initialiser:
//
//	//go:build wasip1
//
//	package main
//
//	func init() { tasdk.Serve(app.Handle) }
//	func main() {}
//
// # The ABI
//
// Numbers are WebAssembly i32; sizes are bytes. The application exports
//
//	_initialize()                  the Go runtime and the initialisers, once
//	sr_buffer() -> address         of the exchange buffer, 65,536 bytes, fixed
//	sr_call(op, n) -> m            one operation, never two at a time
//
// and may import, from module "strongroom", one function
//
//	sr_host(fn, address, len, cap) -> m
//
// The exchange buffer during one sr_call:
//
//	before   | request: n bytes        | unspecified               |
//	          0                       n                        65536
//	after    | answer: m bytes   | zero up to n    | unspecified   |
//	          0                 m                 n            65536
//
// m >= 0 is the length of the answer. m < 0 is an error code and there is no
// answer: -1 to -999 are the application's own, -1000 and below are named in
// this package.
//
// sr_host asks the kernel for operation number fn in place on the application's
// memory:
//
//	before   | input: len bytes   | room up to cap          |
//	          address            +len                      +cap
//	after    | output: m bytes            | unspecified     |
//	          address                    +m                +cap
//
// so that clear data exist in this memory only: the kernel turns a ciphertext
// into its plaintext where it lies. m < 0 is the kernel's refusal; the contents
// are then to be taken as destroyed. Which fn exist, and when they are
// permitted, is drawn by the door of each application (ta/payment/call).
//
// Trusted applications import this package, and the kernel's tahost for the
// constants. Built natively it has the same Serve and Host, plus Call and
// UseHost in place of a kernel, so that an application can be tested without
// WebAssembly.
package tasdk
