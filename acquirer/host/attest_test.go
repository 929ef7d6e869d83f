package host_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/attestation"
)

// device attests for the bench's terminal.
type device struct {
	*bench
	authority *ecdsa.PrivateKey
	key       *ecdsa.PrivateKey
	ca, cert  []byte // DER
}

func (b *bench) device() *device {
	b.Helper()
	d := &device{bench: b, authority: b.key(), key: b.key()}
	ca := certificate("authority")
	ca.IsCA, ca.BasicConstraintsValid = true, true
	d.ca = b.certify(ca, ca, d.authority, d.authority)
	leaf := certificate(strings.TrimRight(b.terminal.ID, " "))
	leaf.UnknownExtKeyUsage = []asn1.ObjectIdentifier{attestation.Purpose()}
	d.cert = b.certify(leaf, ca, d.key, d.authority)
	return d
}

func (b *bench) key() *ecdsa.PrivateKey {
	b.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	return k
}

func certificate(name string) *x509.Certificate {
	return &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
}

func (b *bench) certify(t, parent *x509.Certificate, key, by *ecdsa.PrivateKey) []byte {
	b.Helper()
	der, err := x509.CreateCertificate(rand.Reader, t, parent, key.Public(), by)
	if err != nil {
		b.Fatal(err)
	}
	return der
}

// evidence is the device's for the connection in force, changed by the test.
func (d *device) evidence(change func(*attestation.Report)) []byte {
	d.Helper()
	r := attestation.Report{Audience: attestation.AudienceHost, Nonce: d.binding, Time: time.Now(), Device: strings.TrimRight(d.terminal.ID, " "),
		Kernel: attestation.Program{Version: 1, Digest: [32]byte{0x4B}}, Isolation: "process", Memory: "memfd_secret", StorageRoot: "file",
		Label: attestation.LabelSelfReported, Module: "v1.0.0"}
	if change != nil {
		change(&r)
	}
	e, err := attestation.Sign(r, d.key, d.cert)
	if err != nil {
		d.Fatal(err)
	}
	b, err := e.Encode()
	if err != nil {
		d.Fatal(err)
	}
	return b
}

func (d *device) policy() provisioning.Attestation {
	kernel := [32]byte{0x4B}
	return provisioning.Attestation{Required: true, Authority: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: d.ca})),
		Kernels: []string{hex.EncodeToString(kernel[:])}, Isolation: []string{"process", "vm"}, ClockSeconds: 60}
}

// refusal signs on and returns why that was refused.
func (d *device) refusal(evidence []byte) attestation.Reason {
	d.Helper()
	a := d.ask(d.terminal.SignOn(d, evidence))
	raw, _ := a.Get(48)
	private, err := hostspec.ParsePrivate(raw)
	if err != nil {
		d.Fatal(err)
	}
	reason := hostspec.FindPrivate(private, hostspec.PrivateRefusal)
	if a.String(39) == hostspec.ResponseApproved && reason == nil {
		return attestation.ReasonNone
	}
	if a.String(39) != hostspec.ResponseSecurity || len(reason) != 1 || hostspec.FindPrivate(private, hostspec.PrivateTopRRN) != nil {
		d.Fatalf("answer %s with reason %x", a.String(39), reason)
	}
	return attestation.Reason(reason[0])
}

func TestASignOnIsHeldToItsEvidence(t *testing.T) {
	b := newBench(t)
	d := b.device()
	if err := b.host.Attest(d.policy()); err != nil {
		t.Fatal(err)
	}
	stranger := b.device()
	replayed := d.evidence(nil)
	altered := d.evidence(nil)
	altered[3+80] ^= 1 // in the digest of boot
	for name, c := range map[string]struct {
		evidence []byte
		want     attestation.Reason
	}{
		"genuine":                    {d.evidence(nil), attestation.ReasonNone},
		"none":                       {nil, attestation.ReasonMissing},
		"no evidence":                {[]byte{1, 2, 3}, attestation.ReasonMalformed},
		"an altered field":           {altered, attestation.ReasonSignature},
		"a foreign device's":         {stranger.evidence(nil), attestation.ReasonCertificate},
		"another connection's":       {d.evidence(func(r *attestation.Report) { r.Nonce[0]++ }), attestation.ReasonNonce},
		"made for the app world":     {d.evidence(func(r *attestation.Report) { r.Audience = attestation.AudienceAppWorld }), attestation.ReasonAudience},
		"another terminal's":         {d.evidence(func(r *attestation.Report) { r.Device = "OTHER001" }), attestation.ReasonDevice},
		"an unknown kernel":          {d.evidence(func(r *attestation.Report) { r.Kernel.Digest[0]++ }), attestation.ReasonKernel},
		"a device that was tampered": {d.evidence(func(r *attestation.Report) { r.Tampered = true }), attestation.ReasonTampered},
		"without isolation":          {d.evidence(func(r *attestation.Report) { r.Isolation = "none" }), attestation.ReasonIsolation},
		"an old one":                 {d.evidence(func(r *attestation.Report) { r.Time = time.Now().Add(-time.Hour) }), attestation.ReasonTime},
		"a changed app world": {d.evidence(func(r *attestation.Report) { r.App = attestation.App{State: attestation.AppChanged, Time: time.Now()} }),
			attestation.ReasonAppChanged},
	} {
		if got := d.refusal(c.evidence); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	b.binding = [32]byte{7} // the next connection
	if got := d.refusal(replayed); got != attestation.ReasonNonce {
		t.Errorf("replayed: %v", got)
	}
}

func TestAPolicyMayAskForATPMsQuote(t *testing.T) {
	b := newBench(t)
	d := b.device()
	p := d.policy()
	p.TPM, p.TPMKeys = true, map[string][]string{strings.TrimRight(d.terminal.ID, " "): {strings.Repeat("5a", 64)}}
	if err := b.host.Attest(p); err != nil {
		t.Fatal(err)
	}
	labelled := func(r *attestation.Report) { r.Label = attestation.LabelTPM }
	if got := d.refusal(d.evidence(nil)); got != attestation.ReasonSelfReported {
		t.Errorf("without one: %v", got)
	}
	if got := d.refusal(d.evidence(labelled)); got != attestation.ReasonQuote {
		t.Errorf("said to have one, and without: %v", got)
	}
	e, err := attestation.ParseEvidence(d.evidence(labelled))
	if err != nil {
		t.Fatal(err)
	}
	if e.Quote, err = (attestation.Quote{Starts: []attestation.Start{{Kernel: [32]byte{0x4B}}}}).Encode(); err != nil {
		t.Fatal(err)
	}
	foreign, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if got := d.refusal(foreign); got != attestation.ReasonQuote {
		t.Errorf("by another key: %v", got)
	}
	p.TPMKeys = map[string][]string{"OTHER001": p.TPMKeys[strings.TrimRight(d.terminal.ID, " ")]}
	if err := b.host.Attest(p); err != nil {
		t.Fatal(err)
	}
	if got := d.refusal(foreign); got != attestation.ReasonSelfReported {
		t.Errorf("another terminal's TPM: %v", got)
	}
}

func TestATerminalThatWasNotLetInMayRevertButNotPay(t *testing.T) {
	b := newBench(t)
	d := b.device()
	c := b.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	before := b.terminal.Sale(t, c, 100, c.PIN)
	b.wants(before, hostspec.ResponseApproved) // no evidence is asked for yet
	if err := b.host.Attest(d.policy()); err != nil {
		t.Fatal(err)
	}
	b.wants(b.terminal.Sale(t, c, 200, c.PIN), hostspec.ResponseSecurity) // without a sign-on
	if got := d.refusal(nil); got != attestation.ReasonMissing {
		t.Fatal(got)
	}
	b.wants(b.terminal.Sale(t, c, 300, c.PIN), hostspec.ResponseSecurity)
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, before), hostspec.ResponseApproved)
	if got := d.refusal(d.evidence(nil)); got != attestation.ReasonNone {
		t.Fatal(got)
	}
	b.wants(b.terminal.Sale(t, c, 400, c.PIN), hostspec.ResponseApproved)
	b.binding = [32]byte{9} // another connection begins with nothing
	b.wants(b.terminal.Sale(t, c, 500, c.PIN), hostspec.ResponseSecurity)
}

func TestTheLastEvidenceIsKeptWithWhatBecameOfIt(t *testing.T) {
	b := newBench(t)
	d := b.device()
	policy := d.policy()
	if err := b.host.Attest(policy); err != nil {
		t.Fatal(err)
	}
	kept := func(accepted bool, reason string) {
		t.Helper()
		list, err := b.host.Attestations(t.Context())
		if err != nil || len(list) != 1 || list[0].Accepted != accepted || list[0].Reason != reason {
			t.Errorf("%+v, %v", list, err)
		}
	}
	unknown := d.evidence(func(r *attestation.Report) { r.Kernel.Digest = [32]byte{0x55} })
	d.refusal(unknown)
	kept(false, "kernel_unknown")
	release := [32]byte{0x55}
	if err := b.host.AcceptKernel(hex.EncodeToString(release[:])); err != nil {
		t.Fatal(err)
	}
	if got := d.refusal(unknown); got != attestation.ReasonNone {
		t.Errorf("a kernel that is accepted now: %v", got)
	}
	kept(true, "")
	if got := d.refusal(d.evidence(nil)); got != attestation.ReasonNone {
		t.Errorf("the kernel before: %v", got)
	}
	policy.Exempt = []string{strings.TrimRight(b.terminal.ID, " ")}
	if err := b.host.Attest(policy); err != nil {
		t.Fatal(err)
	}
	if got := d.refusal(nil); got != attestation.ReasonNone {
		t.Errorf("an exempt terminal: %v", got)
	}
}

func TestAPolicyThatIsNoneIsRefused(t *testing.T) {
	b := newBench(t)
	good := b.device().policy()
	for name, change := range map[string]func(*provisioning.Attestation){
		"no authority":                      func(p *provisioning.Attestation) { p.Authority = "" },
		"a short digest":                    func(p *provisioning.Attestation) { p.Kernels = []string{"4b"} },
		"quotes of a TPM that nobody knows": func(p *provisioning.Attestation) { p.TPM = true },
		"a TPM's key that is none":          func(p *provisioning.Attestation) { p.TPMKeys = map[string][]string{"LANE0001": {"04"}} },
		"no digest":                         func(p *provisioning.Attestation) { p.Boots = []string{strings.Repeat("zz", 32)} },
	} {
		p := good
		change(&p)
		if err := b.host.Attest(p); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := b.host.AcceptKernel(good.Kernels[0]); err == nil {
		t.Error("a kernel for a policy that there is not")
	}
}
