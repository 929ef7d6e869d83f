package tpmpipe

import "strconv"

// Fault is why there is no quote, or no secret.
type Fault byte

// Faults.
const (
	FaultForeign Fault = 1 // the register holds what this device's boot did not measure
	FaultFull    Fault = 2 // more different kernels than a quote has room for
	FaultTPM     Fault = 3 // the TPM refused, or does not answer
	FaultStart   Fault = 4 // no kernel was measured yet
	FaultFile    Fault = 5 // the list of starts cannot be kept
	FaultOther   Fault = 6 // the secret was sealed in another TPM, or this one was cleared
	FaultSealed  Fault = 7 // what is to be unsealed is no sealed secret, or is damaged
)

// Valid reports whether f is known.
func (f Fault) Valid() bool { return f >= FaultForeign && f <= FaultSealed }

// Error says it for boot's log.
func (f Fault) Error() string {
	switch f {
	case FaultForeign:
		return "the TPM's register holds what boot did not measure"
	case FaultFull:
		return "too many different kernels since the machine started"
	case FaultTPM:
		return "the TPM refuses or does not answer"
	case FaultStart:
		return "no kernel was measured yet"
	case FaultFile:
		return "the list of starts cannot be kept"
	case FaultOther:
		return "the secret was sealed in another TPM, or this one was cleared since"
	case FaultSealed:
		return "the sealed secret is damaged"
	}
	return "fault " + strconv.Itoa(int(f))
}
