//go:build linux

package trial

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/evidence"
	"github.com/strongroom-pos/strongroom/secureworld/attestation"
)

// describe asks the lane what it is: isolation, keys, measurements, programs.
func (t *Trial) describe(ctx context.Context) error {
	s, err := t.Lane.Till.Security(ctx)
	if err != nil {
		return err
	}
	i := &t.report.Isolation
	*i = evidence.Isolation{
		Level: s.Isolation, Memory: s.MemoryProtection, StorageRoot: s.StorageRoot, Attestation: s.Attestation,
		AppMeasurement: s.AppMeasurement, Transport: s.Transport, Users: t.Lane.Separate(), Swap: swap(), FIPS: "not told",
	}
	for name, on := range s.Layers {
		if name = strings.ReplaceAll(name, "_", " "); on {
			i.InForce = append(i.InForce, name)
		} else {
			i.NotInForce = append(i.NotInForce, name)
		}
	}
	t.report.Keys, t.report.Measurements = nil, nil // a demonstration may have asked before
	slices.Sort(i.InForce)
	slices.Sort(i.NotInForce)
	if err := t.listKeys(ctx); err != nil {
		return err
	}
	if err := t.measure(ctx); err != nil {
		return err
	}
	t.report.Build, err = evidence.ReadBuild(t.options.Programs)
	return err
}

// swap: memory that is swapped out lies on a disk.
func swap() string {
	b, err := os.ReadFile("/proc/swaps")
	switch {
	case err != nil:
		return "unknown"
	case strings.Count(strings.TrimSpace(string(b)), "\n") == 0:
		return "off"
	}
	return "on"
}

func (t *Trial) listKeys(ctx context.Context) error {
	keys, err := t.Lane.Till.Keys(ctx)
	for _, k := range keys {
		left := ""
		if k.Counted {
			left = fmt.Sprint(k.Left)
		}
		t.report.Keys = append(t.report.Keys, evidence.Key{Name: spaced(k.Name), Algorithm: spaced(k.Algorithm), Usage: spaced(k.Usage),
			Custodian: spaced(k.Custodian), State: spaced(k.State), CheckValue: k.CheckValue, Since: k.Since, Left: left})
	}
	return err
}

func spaced(s string) string { return strings.ReplaceAll(s, "_", " ") }

// measure asks for the device's report over a nonce of ours, and verifies it.
func (t *Trial) measure(ctx context.Context) error {
	authority, err := estate.DeviceAuthority(t.home)
	if err != nil {
		return err
	}
	a, err := t.attest(ctx, authority)
	if err != nil {
		return err
	}
	add := func(name, value string) {
		if value != "" {
			t.report.Measurements = append(t.report.Measurements, evidence.Measurement{Name: name, Value: value})
		}
	}
	add("boot", a.Boot)
	add("kernel, version "+fmt.Sprint(a.KernelVersion), a.Kernel)
	for _, p := range a.Applications {
		add(fmt.Sprintf("trusted application %s, version %d", p.Name, p.Version), p.Digest)
	}
	add("app world (terminal), "+a.AppMeasurement, a.App)
	add("parameters, version "+fmt.Sprint(a.Parameters), a.ParametersHash)
	add("licence", a.Licence)
	add("virtual machine", a.System)
	add("label of the report", a.Label)
	t.report.Isolation.FIPS = fips(a)
	return nil
}

// fips says what the kernel says of itself.
func fips(a attestation.Readable) string {
	switch {
	case !a.FIPS:
		return "not in force"
	case a.FIPSEnforced:
		return "Go module " + a.Module + " in force and enforced, in the kernel"
	}
	return "Go module " + a.Module + " in force in the kernel, others not refused"
}

func (t *Trial) attest(ctx context.Context, authority *x509.CertPool) (r attestation.Readable, err error) {
	var nonce [32]byte
	if _, err := rand.Read(nonce[:]); err != nil {
		return r, err
	}
	b, err := t.Lane.Till.Attest(ctx, nonce)
	if err != nil {
		return r, err
	}
	e, err := attestation.ParseEvidence(b)
	if err != nil {
		return r, errors.New("the device's report is malformed")
	}
	q := attestation.Question{Authority: authority, Audience: attestation.AudienceAppWorld, Nonce: nonce, Now: time.Now()}
	verified, err := q.Verify(e)
	if err != nil {
		return r, fmt.Errorf("verifying the device's report: %w", err)
	}
	return verified.Readable(), nil
}
