package payment

// HostRefusal is why the acquirer did not let this terminal sign on, by the numbers
// of the host link (secureworld/attestation, Reason).
type HostRefusal uint8

// hostRefusals is how many there are, with none.
const hostRefusals = 26

// Valid reports whether it is a known value.
func (v HostRefusal) Valid() bool { return v < hostRefusals }

// String is the name used in the HTTP interface.
func (v HostRefusal) String() string {
	return pick(v, "none", "missing", "malformed", "certificate", "signature", "device", "audience", "nonce", "time",
		"kernel_unknown", "boot_unknown", "application_unknown", "app_unknown", "app_changed", "isolation", "memory_protection",
		"storage_root", "parameters_old", "debug", "tampered", "self_reported", "quote", "layers", "fips", "earlier_start", "system_unknown")
}

// MarshalText writes the name; empty for none.
func (v HostRefusal) MarshalText() ([]byte, error) { return []byte(v.String()), nil }
