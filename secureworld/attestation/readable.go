package attestation

import (
	"encoding/hex"
	"time"
)

// Readable is a report for people and for JSON. It shows what was said; only Verify
// tells who said it.
type Readable struct {
	Audience       string                `json:"audience"` // app_world or host
	Nonce          string                `json:"nonce"`
	Time           string                `json:"time"` // RFC 3339
	Device         string                `json:"device"`
	Label          string                `json:"label"` // self-reported or tpm
	Boot           string                `json:"boot"`
	System         string                `json:"system,omitempty"` // of a virtual machine
	KernelVersion  uint64                `json:"kernel_version"`
	Kernel         string                `json:"kernel"`
	Applications   []ReadableApplication `json:"applications"`
	Parameters     uint64                `json:"parameters_version"`
	ParametersHash string                `json:"parameters"`
	Licence        string                `json:"licence"`
	AppMeasurement string                `json:"app_measurement"` // measured, none, changed
	App            string                `json:"app,omitempty"`   // its program's digest
	AppCertificate string                `json:"app_certificate,omitempty"`
	AppMeasuredAt  string                `json:"app_measured_at,omitempty"`
	Isolation      string                `json:"isolation"`
	Memory         string                `json:"memory_protection"`
	StorageRoot    string                `json:"storage_root"`
	Layers         []int                 `json:"layers"` // numbers of sandbox layers in force
	FIPS           bool                  `json:"fips_140"`
	FIPSEnforced   bool                  `json:"fips_140_enforced"`
	Module         string                `json:"fips_140_module"` // its version
	Debug          bool                  `json:"debug"`
	Tampered       bool                  `json:"tampered"`
	JournalLength  uint64                `json:"journal_length"`
	JournalHead    string                `json:"journal_head"`
}

// ReadableApplication is a trusted application that runs.
type ReadableApplication struct {
	Name    string `json:"name"`
	Version uint64 `json:"version"`
	Digest  string `json:"digest"`
}

// Readable shows a report.
func (r Report) Readable() Readable {
	v := Readable{Audience: "app_world", Nonce: hexadecimal(r.Nonce), Time: shown(r.Time), Device: r.Device, Label: r.Label,
		Boot: hexadecimal(r.Boot), KernelVersion: r.Kernel.Version, Kernel: hexadecimal(r.Kernel.Digest),
		Applications: []ReadableApplication{}, Parameters: r.Parameters.Version, ParametersHash: hexadecimal(r.Parameters.Digest),
		Licence: hexadecimal(r.Licence), Isolation: r.Isolation, Memory: r.Memory, StorageRoot: r.StorageRoot, Layers: numbers(r.Layers),
		FIPS: r.FIPS, FIPSEnforced: r.FIPSEnforced, Module: r.Module, Debug: r.Debug, Tampered: r.Tampered,
		JournalLength: r.JournalLength, JournalHead: hexadecimal(r.JournalHead)}
	if r.Audience == AudienceHost {
		v.Audience = "host"
	}
	for _, a := range r.Applications {
		v.Applications = append(v.Applications, ReadableApplication{a.Name, a.Version, hexadecimal(a.Digest)})
	}
	if r.System != [32]byte{} {
		v.System = hexadecimal(r.System)
	}
	r.App.show(&v)
	return v
}

func (a App) show(v *Readable) {
	switch a.State {
	case AppMeasured:
		v.AppMeasurement, v.App = "measured", hexadecimal(a.Digest)
	case AppChanged:
		v.AppMeasurement, v.App = "changed", hexadecimal(a.Digest)
	case AppCertified:
		v.AppMeasurement, v.AppCertificate = "none", hexadecimal(a.Digest)
	default:
		v.AppMeasurement = "none"
	}
	v.AppMeasuredAt = shown(a.Time)
}

func hexadecimal(d [32]byte) string { return hex.EncodeToString(d[:]) }

func shown(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func numbers(bits uint32) []int {
	list := []int{}
	for n := range 32 {
		if bits&(1<<n) != 0 {
			list = append(list, n)
		}
	}
	return list
}
