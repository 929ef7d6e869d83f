//go:build linux

package estate

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	acquirer "github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/estate/premises"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

const (
	policyFile  = "attestation.json"
	kernelsFile = "kernels.json" // digests of all kernels that a home has signed
	// policyWithin bounds telling a running acquirer of a new kernel.
	policyWithin = 5 * time.Second
	// clockSeconds is how far a demo device's clock may be off; all are one.
	clockSeconds = 300
)

// policy is what the demo's acquirer accepts of this lane's device: the kernels that
// this home signed, and the boot that was installed.
func (l *Lane) policy() (acquirer.Attestation, error) {
	var k provisioning.Kernel
	if err := readJSON(filepath.Join(l.premises.Of(premises.SecureWorld), "kernel.json"), &k); err != nil {
		return acquirer.Attestation{}, err
	}
	kernels, err := kernelsOf(l.Home)
	if err != nil {
		return acquirer.Attestation{}, err
	}
	installed, err := digests(l.premises.Program(programKernel), l.premises.Program(programBoot))
	if err != nil {
		return acquirer.Attestation{}, err
	}
	p := acquirer.Attestation{Required: true, Authority: k.DeviceCA, Kernels: append(kernels, installed[0]), Boots: installed[1:],
		Isolation: []string{"process", "container", "vm"}, ClockSeconds: clockSeconds}
	machine, err := l.machine()
	if err != nil {
		return p, err
	}
	if machine != nil {
		p.Systems = []string{machine.Digest()}
	}
	if p.Exempt, err = l.strangers(); err != nil {
		return p, err
	}
	l.demandQuotes(&p)
	l.demandRoot(&p)
	if l.options.Appraise != nil {
		l.options.Appraise(&p)
	}
	return p, nil
}

// strangers are registered terminals that are not this lane's: the acquirer cannot
// know their kernels.
func (l *Lane) strangers() (ids []string, err error) {
	var t acquirer.Terminals
	if err := readJSON(filepath.Join(l.premises.Of(premises.Acquirer), "terminals.json"), &t); err != nil {
		return nil, err
	}
	for _, terminal := range t.Terminals {
		if terminal.TerminalID != l.Record.TerminalID {
			ids = append(ids, terminal.TerminalID)
		}
	}
	return ids, nil
}

// Policy is what this lane's acquirer accepted of its device at the start.
func (l *Lane) Policy() (acquirer.Attestation, error) { return l.policy() }

// writePolicy gives it to the acquirer.
func (l *Lane) writePolicy() error {
	p, err := l.policy()
	if err != nil {
		return err
	}
	path := filepath.Join(l.premises.Of(premises.Acquirer), policyFile)
	if err := writeJSON(path, p); err != nil {
		return err
	}
	return l.premises.Give(path, premises.Acquirer)
}

func digests(paths ...string) (out []string, err error) {
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		out = append(out, digestOf(b))
	}
	return out, nil
}

func digestOf(program []byte) string {
	sum := sha256.Sum256(program)
	return hex.EncodeToString(sum[:])
}

func kernelsOf(home string) (kernels []string, err error) {
	err = readJSON(filepath.Join(home, releaseDir, kernelsFile), &kernels)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return kernels, err
}

// DeviceAuthority is who certifies the attestation keys of a home's devices.
func DeviceAuthority(home string) (*x509.CertPool, error) {
	var k provisioning.Kernel
	if err := readJSON(filepath.Join(home, ceremony.Worlds, string(premises.SecureWorld), "kernel.json"), &k); err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(k.DeviceCA)) {
		return nil, errors.New("the device authority's certificate is not one")
	}
	return pool, nil
}

// acceptKernel lets a home's acquirer accept a kernel that was signed, as the
// manufacturer tells acquirers of its releases; also the one that runs.
func acceptKernel(home string, kernel []byte) error {
	kernels, err := kernelsOf(home)
	if err != nil {
		return err
	}
	digest := digestOf(kernel)
	if slices.Contains(kernels, digest) {
		return nil
	}
	path := filepath.Join(home, releaseDir, kernelsFile)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := writeJSON(path, append(kernels, digest)); err != nil {
		return err
	}
	running, err := Find(home)
	if err != nil {
		return nil //nolint:nilerr // none runs: the next one reads the file
	}
	return running.tellAcquirer(digest)
}

func (p Places) tellAcquirer(kernel string) error {
	ctx, cancel := context.WithTimeout(context.Background(), policyWithin)
	defer cancel()
	return p.Desk.AcceptKernel(ctx, kernel)
}
