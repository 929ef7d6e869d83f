// Package tasdk is what a developer of a trusted application imports. A trusted
// application is a Go program built with GOOS=wasip1 GOARCH=wasm and
// -buildmode=c-shared, signed by its developer, and run by the kernel of the
// secure world in memory of its own, wiped when an instance ends. It has no files,
// no network, no environment, no arguments; random bytes, and what its manifest
// permits. What it writes to standard error is counted and thrown away. Every call
// has a deadline; a call that misses it ends the instance.
//
// An instance of the payment application serves one payment. One of any other
// application lives through some hundred calls, then another takes its place without
// notice: what must last belongs into storage.
//
// # From source to a running lane
//
// secureworld/ta/loyalty is an example: points for each card, without ever seeing an
// account number. Write a handler; main does not run in this build mode, so register
// it in an initialiser:
//
//	//go:build wasip1
//
//	package main
//
//	func init() { tasdk.Serve(app.Handle) }
//	func main() {}
//
// Build it natively too and test it so: Serve, Call and UseHost stand in for the
// kernel. Then build the module, sign it and install it on a lane that runs:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o loyalty.wasm ./secureworld/ta/loyalty
//	strongroom app sign loyalty.wasm -version 1 -permissions card-identifier,storage
//	strongroom app install loyalty.wasm
//	strongroom app list
//	strongroom app remove loyalty
//
// sign uses a demo's keys. A real developer has a key of his own, in a token, which
// the manufacturer certified for the names of his applications; where the application
// asks for account data, the customer countersigns the manifest (strongroom
// provision). Boot verifies both. An update is another version under the same name:
// it starts beside its predecessor, then takes its place, with the same space; an
// older version is refused. The app world asks by mailbox.Invoke.
//
// # The manifest
//
//	name, version, digest of the module
//	permissions  what is not named is denied:
//	               account-data     account data in clear; needs the customer's
//	                                countersignature, and bars the app world
//	               card-identifier  to be told of payments (package card)
//	               clock            the time of day; without it 1970 begins at the start
//	               crypto           keys by handle (package crypto)
//	               storage          a space of its own (package storage)
//	quotas       0 is the usual:        usual    at most
//	               memory_pages         128      128     of 64 KiB each
//	               storage_bytes        64 KiB   4 MiB
//	               deadline_millis      500      2000    of one call
//	               calls_per_second     20       200     of the app world
//	               cpu_millis           200      500     in each second
//	               keys                 8        32
//	keep_data    the space outlives the application's removal
//
// An application that misses its deadline, traps or exits is started again after a
// pause that doubles; after six times in a row it is disabled until it is updated or
// the kernel starts again. One that was just installed is interpreted, and several
// times slower where it computes, until the kernel's next start.
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
