package attestation

// Reason is why evidence is refused. Its number crosses the host link, so numbers
// are never given again.
type Reason uint8

// Reasons.
const (
	ReasonNone         Reason = 0
	ReasonMissing      Reason = 1  // none came
	ReasonMalformed    Reason = 2  // no evidence, or not in its one form
	ReasonCertificate  Reason = 3  // not certified by the device authority for this, or not now
	ReasonSignature    Reason = 4  // the body was altered, or another key signed it
	ReasonDevice       Reason = 5  // another device's
	ReasonAudience     Reason = 6  // made for somebody else
	ReasonNonce        Reason = 7  // not for this question: replayed, or passed on
	ReasonTime         Reason = 8  // the device's clock and ours are too far apart
	ReasonKernel       Reason = 9  // a kernel that the policy does not know
	ReasonBoot         Reason = 10 // a boot that it does not know
	ReasonApplication  Reason = 11 // a trusted application that it does not know
	ReasonApp          Reason = 12 // an app world that it does not know
	ReasonAppChanged   Reason = 13 // the app world changed while it ran
	ReasonIsolation    Reason = 14
	ReasonMemory       Reason = 15
	ReasonStorageRoot  Reason = 16
	ReasonParameters   Reason = 17 // older than the policy asks for
	ReasonDebug        Reason = 18
	ReasonTampered     Reason = 19
	ReasonSelfReported Reason = 20 // the policy asks for a TPM's quote
	ReasonQuote        Reason = 21 // the quote does not verify
	ReasonLayers       Reason = 22 // a layer of the sandbox is missing
	ReasonFIPS         Reason = 23
	ReasonEarlier      Reason = 24 // a boot or kernel that the policy does not know ran since the machine started
	ReasonSystem       Reason = 25 // a virtual machine that the policy does not know
	reasonEnd          Reason = 26
)

// Valid reports whether r is known.
func (r Reason) Valid() bool { return r < reasonEnd }

// String is the word that interfaces use.
func (r Reason) String() string {
	words := [...]string{"none", "missing", "malformed", "certificate", "signature", "device", "audience", "nonce", "time",
		"kernel_unknown", "boot_unknown", "application_unknown", "app_unknown", "app_changed", "isolation", "memory_protection",
		"storage_root", "parameters_old", "debug", "tampered", "self_reported", "quote", "layers", "fips", "earlier_start", "system_unknown"}
	if int(r) < len(words) {
		return words[r]
	}
	return "unknown"
}

// Error lets a reason be returned.
func (r Reason) Error() string { return "attestation: refused: " + r.String() }
