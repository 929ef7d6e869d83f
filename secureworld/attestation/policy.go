package attestation

import (
	"slices"
	"time"
)

// Policy is what a verifier accepts. An empty list asks for nothing, but that of
// kernels: no kernel is then accepted.
type Policy struct {
	Kernels      [][32]byte
	Boots        [][32]byte
	Systems      [][32]byte // of virtual machines, at isolation level vm
	Applications [][32]byte
	Apps         [][32]byte // programs of the app world, where one was measured
	Isolation    []string
	Memory       []string
	StorageRoots []string
	Parameters   uint64        // the lowest version
	Layers       uint32        // that must be in force
	Clock        time.Duration // how far the device's clock may be off; 0: any
	FIPS         bool
	TPM          bool // a quote is asked for, so the Question names the TPM's keys
}

// Judge returns the first reason against a report, or ReasonNone.
func (p Policy) Judge(r Report, now time.Time) Reason {
	for _, rule := range p.rules(r, now) {
		if rule.broken {
			return rule.reason
		}
	}
	return ReasonNone
}

type rule struct {
	reason Reason
	broken bool
}

// rules are in the order in which people want to know.
func (p Policy) rules(r Report, now time.Time) []rule {
	return []rule{
		{ReasonTampered, r.Tampered},
		{ReasonDebug, r.Debug},
		{ReasonKernel, !slices.Contains(p.Kernels, r.Kernel.Digest)},
		{ReasonBoot, outside(p.Boots, r.Boot)},
		{ReasonEarlier, slices.ContainsFunc(r.Earlier, func(s Start) bool {
			return !slices.Contains(p.Kernels, s.Kernel) || outside(p.Boots, s.Boot)
		})},
		{ReasonSystem, r.Isolation == "vm" && outside(p.Systems, r.System)},
		{ReasonApplication, slices.ContainsFunc(r.Applications, func(a Application) bool { return outside(p.Applications, a.Digest) })},
		{ReasonAppChanged, r.App.State == AppChanged},
		{ReasonApp, r.App.State == AppMeasured && outside(p.Apps, r.App.Digest)},
		{ReasonIsolation, outside(p.Isolation, r.Isolation)},
		{ReasonMemory, outside(p.Memory, r.Memory)},
		{ReasonStorageRoot, outside(p.StorageRoots, r.StorageRoot)},
		{ReasonParameters, r.Parameters.Version < p.Parameters},
		{ReasonLayers, r.Layers&p.Layers != p.Layers},
		{ReasonFIPS, p.FIPS && !r.FIPS},
		{ReasonSelfReported, p.TPM && r.Label != LabelTPM},
		{ReasonTime, p.Clock > 0 && now.Sub(r.Time).Abs() > p.Clock},
	}
}

func outside[T comparable](list []T, v T) bool { return len(list) > 0 && !slices.Contains(list, v) }
