package hostspec

// A sign-on carries evidence of what the terminal is (package
// secureworld/attestation) in DE 120 to 122, reserved for private use: as many bytes
// in each as it has room for, the rest in the next.
const (
	// evidencePart is what three digits of length can say.
	evidencePart = 999
	// MaxEvidence is the room of all three.
	MaxEvidence = 3 * evidencePart
	// Binding is what both ends of the host link export from their TLS session as the
	// nonce of the evidence: RFC 9266, channel binding of TLS 1.3.
	BindingLabel = "EXPORTER-Channel-Binding"
	BindingSize  = 32
)

// EvidenceFields are the fields that evidence lies in, rising.
func EvidenceFields() []int { return []int{120, 121, 122} }

// SplitEvidence cuts evidence into the values of EvidenceFields; the last ones may
// be missing.
func SplitEvidence(b []byte) (parts [][]byte) {
	for range EvidenceFields() {
		if len(b) == 0 {
			break
		}
		n := min(len(b), evidencePart)
		parts, b = append(parts, b[:n]), b[n:]
	}
	return parts
}

// JoinEvidence puts it together; nil where a message has none, or not in the one
// form that SplitEvidence gives it.
func JoinEvidence(get func(number int) ([]byte, bool)) (b []byte) {
	more := true
	for _, number := range EvidenceFields() {
		part, has := get(number)
		if has && (!more || len(part) == 0) {
			return nil
		}
		b, more = append(b, part...), has && len(part) == evidencePart
	}
	return b
}
