//go:build linux

package main

import (
	"crypto"
	"crypto/ed25519"
	"crypto/fips140"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/attestation"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/monitor"
	"github.com/strongroom-pos/strongroom/secureworld/licensing"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// witness is what the kernel says of itself under its own keys.
type witness struct {
	key         crypto.Signer // signs reports
	certificate []byte        // its, DER
	licenceKey  ed25519.PrivateKey
	payment     attestation.Application
	quoted      atomic.Bool // the last report had a TPM's quote
}

// openWitness takes the keys, and refuses a licence that names another kernel's.
func (k *kernel) openWitness(p *handover.Provisions) (err error) {
	w := &k.witness
	if w.key, err = k.keys.Attestation(); err != nil {
		return err
	}
	block, _ := pem.Decode([]byte(k.cfg.AttestationCert))
	if block == nil || len(block.Bytes) > attestation.MaxCertificate {
		return errors.New("configuration: malformed attestation certificate")
	}
	w.certificate = block.Bytes
	module, err := paymentModule(p)
	if err != nil {
		return err
	}
	w.payment = attested(module.Name, module.Grant.Version, module.SHA256)
	if w.licenceKey, err = k.keys.Licence(); err != nil {
		return err
	}
	return k.licence.Load().Held(w.licenceKey.Public().(ed25519.PublicKey))
}

func attested(name string, version uint64, digest [32]byte) attestation.Application {
	return attestation.Application{Name: name, Program: attestation.Program{Version: version, Digest: digest}}
}

// running are the applications that are there now, by name.
func (k *kernel) running() []attestation.Application {
	list := []attestation.Application{k.witness.payment}
	k.applications.Each(func(name string, version uint64, digest [32]byte) {
		list = append(list, attested(name, version, digest))
	})
	slices.SortFunc(list, func(a, b attestation.Application) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// reportTo is what is in force now, said to one audience.
func (k *kernel) reportTo(audience attestation.Audience, nonce [32]byte, app attestation.App) attestation.Report {
	d := k.describe(monitor.App{})
	return attestation.Report{
		Audience: audience, Nonce: nonce, Time: time.Now(), Device: strings.TrimRight(string(d.TerminalID[:]), " "),
		Boot: d.BootDigest, System: d.SystemDigest, Kernel: attestation.Program{Version: k.digests.version, Digest: d.KernelDigest},
		Parameters: attestation.Program{Version: uint64(d.ParametersVersion), Digest: d.ParametersDigest},
		Licence:    k.licence.Load().digest, Applications: k.running(), App: app,
		Isolation: d.Isolation.String(), Memory: d.MemoryProtection.String(), StorageRoot: d.StorageRoot.String(),
		Label: attestation.LabelSelfReported, Layers: k.report.InForce(),
		FIPS: fips140.Enabled(), FIPSEnforced: fips140.Enforced(), Module: fips140.Version(), Tampered: d.State == payment.TerminalStateTampered,
		JournalLength: k.stepper.State().JournalLength, JournalHead: d.JournalHead,
	}
}

// evidence is a report with the quote of a TPM, where boot has one; where it has none,
// the report says so.
func (k *kernel) evidence(audience attestation.Audience, nonce [32]byte, app attestation.App) ([]byte, error) {
	r := k.reportTo(audience, nonce, app)
	r.Label = attestation.LabelTPM
	body, err := r.Encode()
	if err != nil {
		return nil, fmt.Errorf("attestation: %w", err)
	}
	quote, err := k.link.Quote(attestation.Digest(body))
	k.witness.quoted.Store(err == nil)
	if err != nil {
		r.Label = attestation.LabelSelfReported
		if body, err = r.Encode(); err != nil {
			return nil, fmt.Errorf("attestation: %w", err)
		}
	}
	e, err := attestation.SignBody(body, k.witness.key, k.witness.certificate)
	if err != nil {
		return nil, fmt.Errorf("attestation: %w", err)
	}
	e.Quote = quote
	return e.Encode()
}

// hostEvidence is for a sign-on over the connection that is in force.
func (k *kernel) hostEvidence() []byte {
	nonce, ok := k.host.Binding()
	if !ok {
		return nil
	}
	b, err := k.evidence(attestation.AudienceHost, nonce, k.apps.state())
	if err != nil {
		return nil // the host says that it is missing
	}
	return b
}

// Attest and Prove answer the app world (package monitor, Witness).
func (k *kernel) Attest(v monitor.App, nonce [32]byte) ([]byte, error) {
	app := k.apps.state()
	if v.Measured != (app.State == attestation.AppMeasured) || v.Measured && app.Digest != v.Digest {
		app = appOf(v, time.Now())
	}
	return k.evidence(attestation.AudienceAppWorld, nonce, app)
}

// Prove signs a challenge with the licence's key.
func (k *kernel) Prove(v monitor.App, challenge [32]byte) mailbox.Proof {
	p := licensing.Prove(licensing.UseAppWorld, challenge, v.Binding, k.licence.Load().digest, k.witness.licenceKey)
	return mailbox.Proof{Nonce: p.Nonce, Binding: p.Binding, Licence: p.Licence, Signature: p.Signature[:]}
}

// proveTo signs a challenge of a trusted application.
func (k *kernel) proveTo(challenge, binding [32]byte) licensing.Proof {
	return licensing.Prove(licensing.UseApplication, challenge, binding, k.licence.Load().digest, k.witness.licenceKey)
}

// appOf is a session's peer as a report has it.
func appOf(v monitor.App, now time.Time) attestation.App {
	if v.Measured {
		return attestation.App{State: attestation.AppMeasured, Digest: v.Digest, Time: now}
	}
	return attestation.App{State: attestation.AppCertified, Digest: v.Certificate}
}
