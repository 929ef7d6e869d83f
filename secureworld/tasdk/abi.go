package tasdk

import "strconv"

// BufferSize is the size of the exchange buffer: a host message, an envelope and
// their headers many times over.
const BufferSize = 64 << 10

// The names of the ABI.
const (
	ExportInitialise = "_initialize"
	ExportBuffer     = "sr_buffer"
	ExportCall       = "sr_call"
	ImportModule     = "strongroom"
	ImportHost       = "sr_host"
)

// Codes of the platform. An application's own codes lie between -1 and -999.
const (
	CodeNotServed    int32 = -1000 // no handler is registered
	CodeRequestSize  int32 = -1001 // the request is longer than the buffer
	CodeAnswerSize   int32 = -1002 // the handler returned an impossible length
	CodeHostUnknown  int32 = -1003 // the kernel has no such host function
	CodeHostRange    int32 = -1004 // not inside the application's memory
	CodeHostFailed   int32 = -1005 // the kernel's function failed inside
	CodeHostNotReady int32 = -1006 // host functions work only during a call
)

// Handler does one operation: it reads request, writes its answer into out
// (65,536 bytes, zero at first, apart from request) and returns the answer's
// length, or a negative code.
type Handler func(op uint32, request []byte, out []byte) (n int, code int32)

// HostError is a refusal by the kernel.
type HostError struct{ Code int32 }

func (e HostError) Error() string {
	return "host function refused: code " + strconv.Itoa(int(e.Code))
}

func hostResult(result int32, room int) (int, error) {
	if result < 0 {
		return 0, HostError{Code: result}
	}
	if int(result) > room {
		return 0, HostError{Code: CodeHostRange}
	}
	return int(result), nil
}

// serve runs handler on the exchange buffer as the package comment draws it.
func serve(handler Handler, buffer, out []byte, op, n uint32) int32 {
	if handler == nil {
		return CodeNotServed
	}
	if int64(n) > int64(len(buffer)) {
		return CodeRequestSize
	}
	clear(out)
	m, code := handler(op, buffer[:n], out)
	clear(buffer[:n])
	if code < 0 {
		return code
	}
	if m < 0 || m > len(out) {
		return CodeAnswerSize
	}
	copy(buffer, out[:m])
	return int32(m)
}
