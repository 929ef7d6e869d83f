//go:build !wasip1

package tasdk

import "sync"

// native stands in for one instance and its kernel where there is neither.
type native struct {
	mu      sync.Mutex
	handler Handler
	host    func(fn uint32, buf []byte) (int, int32)
}

// One per process, because Serve and Host have no receiver under wasip1 either.
var instance native

// Serve registers the application's handler.
func Serve(h Handler) {
	instance.mu.Lock()
	defer instance.mu.Unlock()
	instance.handler = h
}

// UseHost sets what Host calls in a native build.
func UseHost(host func(fn uint32, buf []byte) (n int, code int32)) {
	instance.mu.Lock()
	defer instance.mu.Unlock()
	instance.host = host
}

// Host asks the function that UseHost set, as the kernel would be asked.
func Host(fn uint32, buf []byte) (int, error) {
	instance.mu.Lock()
	host := instance.host
	instance.mu.Unlock()
	if host == nil {
		return 0, HostError{Code: CodeHostNotReady}
	}
	n, code := host(fn, buf)
	if code < 0 {
		return 0, HostError{Code: code}
	}
	return hostResult(int32(n), cap(buf))
}

// Call runs the registered handler as the kernel would.
func Call(op uint32, request []byte) (answer []byte, code int32) {
	instance.mu.Lock()
	handler := instance.handler
	instance.mu.Unlock()
	if len(request) > BufferSize {
		return nil, CodeRequestSize
	}
	buffer, out := make([]byte, BufferSize), make([]byte, BufferSize)
	copy(buffer, request)
	n := serve(handler, buffer, out, op, uint32(len(request)))
	if n < 0 {
		return nil, n
	}
	return buffer[:n], 0
}
