package payment

// FIPSModule is the version of Go's FIPS 140-3 module that a program was built with.
type FIPSModule uint8

// Values of FIPSModule.
const (
	FIPSModuleOther  FIPSModule = iota // a version that has no number here
	FIPSModuleLatest                   // the Go release's own code, of no validated version
	FIPSModuleV100
	FIPSModuleV1260
	fipsModuleEnd
)

// FIPSModuleOf is the value of what crypto/fips140 tells.
func FIPSModuleOf(version string) FIPSModule {
	for v := FIPSModuleLatest; v.Valid(); v++ {
		if v.String() == version {
			return v
		}
	}
	return FIPSModuleOther
}

// Valid reports whether it is a known value.
func (v FIPSModule) Valid() bool { return v < fipsModuleEnd }

// String is the name used in the HTTP interface.
func (v FIPSModule) String() string { return pick(v, "other", "latest", "v1.0.0", "v1.26.0") }

// MarshalText writes the name; empty for none.
func (v FIPSModule) MarshalText() ([]byte, error) { return []byte(v.String()), nil }
