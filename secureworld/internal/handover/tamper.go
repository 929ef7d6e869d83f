package handover

import "strconv"

// Tampering is why this device was taken for tampered with.
type Tampering byte

// Reasons.
const (
	TamperOperator  Tampering = 1 // the operator said so
	TamperForbidden Tampering = 2 // kernels made forbidden system calls again and again
	tamperEnd       Tampering = 3
)

// Valid reports whether t is a known reason.
func (t Tampering) Valid() bool { return t >= TamperOperator && t < tamperEnd }

func (t Tampering) String() string {
	switch t {
	case TamperOperator:
		return "told by the operator"
	case TamperForbidden:
		return "forbidden system calls"
	}
	return "reason " + strconv.Itoa(int(t))
}

// Tampered gives the reason once boot has told, while the kernel serves, that the
// device was tampered with.
func (l *Link) Tampered() <-chan Tampering { return l.tampered }

// tell passes the first one on.
func (l *Link) tellTampered(m Tamper) {
	select {
	case l.tampered <- m.Reason:
	default:
	}
}
