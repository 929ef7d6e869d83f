//go:build wasip1

package tasdk

import (
	"runtime"
	"unsafe"
)

// The ABI forces package variables: an exported WebAssembly function has no
// receiver. One instance serves one caller, so nothing guards them.
var (
	exchange [BufferSize]byte
	answer   [BufferSize]byte
	handler  Handler
)

// Serve registers the application's handler. Call it once, in an initialiser.
func Serve(h Handler) { handler = h }

// Host asks the kernel for operation fn on buf in place. The input is
// buf[:len(buf)], and the output, whose length is returned, may grow to
// cap(buf).
func Host(fn uint32, buf []byte) (int, error) {
	result := srHost(fn, unsafe.Pointer(unsafe.SliceData(buf)), uint32(len(buf)), uint32(cap(buf)))
	runtime.KeepAlive(buf)
	return hostResult(result, cap(buf))
}

//go:wasmimport strongroom sr_host
func srHost(fn uint32, address unsafe.Pointer, length, capacity uint32) int32

//go:wasmexport sr_buffer
func srBuffer() uint32 { return uint32(uintptr(unsafe.Pointer(&exchange))) }

//go:wasmexport sr_call
func srCall(op, n uint32) int32 { return serve(handler, exchange[:], answer[:], op, n) }
