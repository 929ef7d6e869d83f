package host

import "sync/atomic"

// Session is one connection of a terminal.
type Session struct {
	// Identity is the common name of the terminal's TLS certificate.
	Identity string
	// Binding is what both ends exported from the TLS session; it is the nonce of the
	// evidence that comes over it.
	Binding [32]byte

	attested atomic.Bool
}

// NewSession begins one.
func NewSession(identity string, binding [32]byte) *Session {
	return &Session{Identity: identity, Binding: binding}
}
