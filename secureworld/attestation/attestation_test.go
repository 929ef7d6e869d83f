package attestation

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// device is a device with its authority.
type device struct {
	t         *testing.T
	authority *x509.Certificate
	root      *ecdsa.PrivateKey
	key       *ecdsa.PrivateKey
	cert      []byte
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newDevice(t *testing.T, change func(*x509.Certificate)) *device {
	t.Helper()
	d := &device{t: t, root: newKey(t), key: newKey(t)}
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: now.Add(-time.Hour),
		NotAfter: now.Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, d.root.Public(), d.root)
	if err != nil {
		t.Fatal(err)
	}
	if d.authority, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	d.cert = d.certify(change)
	return d
}

func (d *device) certify(change func(*x509.Certificate)) []byte {
	d.t.Helper()
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "LANE0001"}, NotBefore: now.Add(-time.Hour),
		NotAfter: now.Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature, UnknownExtKeyUsage: []asn1.ObjectIdentifier{Purpose()}}
	if change != nil {
		change(leaf)
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, d.authority, d.key.Public(), d.root)
	if err != nil {
		d.t.Fatal(err)
	}
	return der
}

func (d *device) question() Question {
	pool := x509.NewCertPool()
	pool.AddCert(d.authority)
	return Question{Authority: pool, Audience: AudienceHost, Nonce: [32]byte{1}, Device: "LANE0001", Now: now}
}

func (d *device) sign(r Report) Evidence {
	d.t.Helper()
	e, err := Sign(r, d.key, d.cert)
	if err != nil {
		d.t.Fatal(err)
	}
	return e
}

func report() Report {
	return Report{
		Audience: AudienceHost, Nonce: [32]byte{1}, Time: now, Device: "LANE0001",
		Boot: [32]byte{2}, Kernel: Program{7, [32]byte{3}}, Parameters: Program{9, [32]byte{4}}, Licence: [32]byte{5},
		Applications: []Application{{"loyalty", Program{1, [32]byte{6}}}, {"payment", Program{2, [32]byte{7}}}},
		App:          App{AppMeasured, [32]byte{8}, now.Add(-time.Minute)},
		Isolation:    "process", Memory: "memfd_secret", StorageRoot: "file", Label: LabelSelfReported, Module: "v1.0.0",
		Layers: 0x1fff, FIPS: true, JournalLength: 12, JournalHead: [32]byte{9},
	}
}

func TestAGenuineReportIsVerifiedAndReadAsItWasMade(t *testing.T) {
	d := newDevice(t, nil)
	wire, err := d.sign(report()).Encode()
	if err != nil {
		t.Fatal(err)
	}
	e, err := ParseEvidence(wire)
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.question().Verify(e)
	if err != nil || !reflect.DeepEqual(got, report()) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestEvidenceThatIsNotForThisQuestionIsRefusedWithItsReason(t *testing.T) {
	d, foreign := newDevice(t, nil), newDevice(t, nil)
	genuine := d.sign(report())
	changed := func(f func(*Report)) Evidence {
		r := report()
		f(&r)
		return d.sign(r)
	}
	with := func(f func(*Evidence)) Evidence {
		e := genuine
		f(&e)
		return e
	}
	altered := report()
	altered.Kernel.Digest[0] ^= 1
	body, err := altered.Encode()
	if err != nil {
		t.Fatal(err)
	}
	certified := func(f func(*x509.Certificate)) Evidence {
		return with(func(e *Evidence) { e.Certificate = d.certify(f) })
	}
	for name, c := range map[string]struct {
		evidence Evidence
		want     error
	}{
		"the genuine one":                        {genuine, nil},
		"a report with an altered field":         {with(func(e *Evidence) { e.Body = body }), ReasonSignature},
		"a foreign device's":                     {foreign.sign(report()), ReasonCertificate},
		"a foreign key under this certificate":   {with(func(e *Evidence) { e.Signature = foreign.sign(report()).Signature }), ReasonSignature},
		"another device of this authority":       {changed(func(r *Report) { r.Device = "LANE0002" }), ReasonDevice},
		"replayed: an old nonce":                 {changed(func(r *Report) { r.Nonce = [32]byte{2} }), ReasonNonce},
		"one that the app world had asked for":   {changed(func(r *Report) { r.Audience = AudienceAppWorld }), ReasonAudience},
		"no body":                                {with(func(e *Evidence) { e.Body = nil }), ReasonMalformed},
		"no certificate":                         {with(func(e *Evidence) { e.Certificate = nil }), ReasonCertificate},
		"a certificate for TLS":                  {certified(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), ReasonCertificate},
		"a certificate for nothing":              {certified(func(c *x509.Certificate) { c.UnknownExtKeyUsage = nil }), ReasonCertificate},
		"an expired certificate":                 {certified(func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Minute) }), ReasonCertificate},
		"self-reported, with a quote":            {with(func(e *Evidence) { e.Quote = []byte{1} }), ReasonQuote},
		"said to be a TPM's, and without quote":  {changed(func(r *Report) { r.Label = LabelTPM }), ReasonQuote},
		"a certificate of this authority's peer": {certified(func(c *x509.Certificate) { c.Subject.CommonName = "LANE0003" }), ReasonDevice},
	} {
		if _, err := d.question().Verify(c.evidence); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestAPolicySaysWhatItDoesNotAccept(t *testing.T) {
	accepts := Policy{Kernels: [][32]byte{{3}}, Boots: [][32]byte{{2}}, Applications: [][32]byte{{6}, {7}}, Apps: [][32]byte{{8}},
		Isolation: []string{"process", "vm"}, Memory: []string{"memfd_secret"}, StorageRoots: []string{"file", "tpm"},
		Parameters: 9, Layers: 0x1fff, Clock: time.Minute, FIPS: true}
	for name, c := range map[string]struct {
		change func(*Report, *Policy)
		want   Reason
	}{
		"as it should be":           {func(*Report, *Policy) {}, ReasonNone},
		"another kernel":            {func(r *Report, _ *Policy) { r.Kernel.Digest[0]++ }, ReasonKernel},
		"no kernel accepted":        {func(_ *Report, p *Policy) { p.Kernels = nil }, ReasonKernel},
		"another boot":              {func(r *Report, _ *Policy) { r.Boot[0]++ }, ReasonBoot},
		"another machine":           {func(r *Report, p *Policy) { r.Isolation, p.Systems = "vm", [][32]byte{{1}} }, ReasonSystem},
		"the machine":               {func(r *Report, p *Policy) { r.Isolation, r.System, p.Systems = "vm", [32]byte{1}, [][32]byte{{1}} }, ReasonNone},
		"no machine":                {func(_ *Report, p *Policy) { p.Systems = [][32]byte{{1}} }, ReasonNone},
		"any boot":                  {func(r *Report, p *Policy) { r.Boot[0]++; p.Boots = nil }, ReasonNone},
		"a foreign application":     {func(r *Report, _ *Policy) { r.Applications[0].Digest[0] += 100 }, ReasonApplication},
		"another app world":         {func(r *Report, _ *Policy) { r.App.Digest[0]++ }, ReasonApp},
		"an app world by TLS":       {func(r *Report, _ *Policy) { r.App = App{AppCertified, [32]byte{1}, time.Time{}} }, ReasonNone},
		"a changed app world":       {func(r *Report, _ *Policy) { r.App.State = AppChanged }, ReasonAppChanged},
		"no isolation":              {func(r *Report, _ *Policy) { r.Isolation = "none" }, ReasonIsolation},
		"memory open to root":       {func(r *Report, _ *Policy) { r.Memory = "locked_pages" }, ReasonMemory},
		"a root that is none":       {func(r *Report, _ *Policy) { r.StorageRoot = "none" }, ReasonStorageRoot},
		"old parameters":            {func(r *Report, _ *Policy) { r.Parameters.Version = 8 }, ReasonParameters},
		"a layer missing":           {func(r *Report, _ *Policy) { r.Layers &^= 4 }, ReasonLayers},
		"without FIPS":              {func(r *Report, _ *Policy) { r.FIPS = false }, ReasonFIPS},
		"debug":                     {func(r *Report, _ *Policy) { r.Debug = true }, ReasonDebug},
		"tampered":                  {func(r *Report, _ *Policy) { r.Tampered = true }, ReasonTampered},
		"self-reported":             {func(_ *Report, p *Policy) { p.TPM = true }, ReasonSelfReported},
		"a clock an hour behind":    {func(r *Report, _ *Policy) { r.Time = now.Add(-time.Hour) }, ReasonTime},
		"a clock an hour ahead":     {func(r *Report, _ *Policy) { r.Time = now.Add(time.Hour) }, ReasonTime},
		"a clock that nobody holds": {func(r *Report, p *Policy) { r.Time, p.Clock = now.Add(time.Hour), 0 }, ReasonNone},
	} {
		r, p := report(), accepts
		c.change(&r, &p)
		if got := p.Judge(r, now); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestEveryByteOfTheBodyIsSigned(t *testing.T) {
	d := newDevice(t, nil)
	e := d.sign(report())
	for i := range e.Body {
		f := e
		f.Body = bytes.Clone(e.Body)
		f.Body[i] ^= 1
		if _, err := d.question().Verify(f); err == nil {
			t.Fatalf("byte %d can be changed", i)
		}
	}
}

func TestReportsThatCannotBeReadAgainAreNotMade(t *testing.T) {
	for name, change := range map[string]func(*Report){
		"no audience":             func(r *Report) { r.Audience = 0 },
		"no device":               func(r *Report) { r.Device = "" },
		"a word of two words":     func(r *Report) { r.Isolation = "a b" },
		"a long name":             func(r *Report) { r.Device = strings.Repeat("x", 33) },
		"applications unordered":  func(r *Report) { r.Applications[0].Name = "zebra" },
		"an application twice":    func(r *Report) { r.Applications[0].Name = "payment" },
		"nine applications":       func(r *Report) { r.Applications = make([]Application, 9) },
		"no app with a digest":    func(r *Report) { r.App.State = AppNone },
		"an unknown state":        func(r *Report) { r.App.State = 9 },
		"no module's version":     func(r *Report) { r.Module = "" },
		"an unknown label":        func(r *Report) { r.Label = "certified" },
		"a version of five bytes": func(r *Report) { r.Parameters.Version = 1 << 32 },
	} {
		r := report()
		change(&r)
		if _, err := r.Encode(); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryReasonHasItsOwnWord(t *testing.T) {
	seen := map[string]bool{"unknown": true}
	for r := ReasonNone; r.Valid(); r++ {
		if seen[r.String()] {
			t.Errorf("%d is called %q", r, r)
		}
		seen[r.String()] = true
	}
	if reasonEnd.String() != "unknown" {
		t.Error("a reason that is none has a word")
	}
}

func TestTheLargestEvidenceFits(t *testing.T) {
	r := report()
	r.Applications, r.Device = nil, strings.Repeat("d", maxText)
	for i := range MaxApplications {
		r.Applications = append(r.Applications, Application{Name: string(rune('a'+i)) + strings.Repeat("x", maxText-1)})
	}
	for _, w := range []*string{&r.Isolation, &r.Memory, &r.StorageRoot, &r.Module} {
		*w = strings.Repeat("w", maxText)
	}
	body, err := r.Encode()
	if err != nil || len(body) > MaxBody {
		t.Fatalf("%d bytes, %v", len(body), err)
	}
	e := Evidence{Body: make([]byte, MaxBody), Certificate: make([]byte, MaxCertificate), Quote: make([]byte, MaxQuote)}
	b, err := e.Encode()
	if err != nil || len(b) != MaxEvidence {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	if _, err := ParseEvidence(b); err != nil {
		t.Error(err)
	}
}

func FuzzCanonicalReport(f *testing.F) {
	b, err := report().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:len(b)-1])
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Parse(b)
		if err != nil {
			return
		}
		if again, err := r.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%x became %x, %v", b, again, err)
		}
	})
}

func FuzzCanonicalEvidence(f *testing.F) {
	b, err := Evidence{Body: []byte{1}, Certificate: []byte{2}, Quote: []byte{3}}.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := ParseEvidence(b)
		if err != nil {
			return
		}
		if again, err := e.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%x became %x, %v", b, again, err)
		}
		_, _ = Question{Authority: x509.NewCertPool()}.Verify(e)
	})
}
