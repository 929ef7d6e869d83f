package services

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// issuer is one of somebody else's.
type issuer struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

// issue makes a certificate below an issuer, or one that signs itself.
func issue(t *testing.T, above *issuer, change func(*x509.Certificate)) *issuer {
	t.Helper()
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	now := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	template := &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: fmt.Sprint(key.X)},
		NotBefore: now, NotAfter: now.AddDate(1, 0, 0), BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature}
	if change != nil {
		change(template)
	}
	if above == nil {
		above = &issuer{key, template}
	}
	der := must(x509.CreateCertificate(rand.Reader, template, above.cert, key.Public(), above.key))(t)
	return &issuer{key, must(x509.ParseCertificate(der))(t)}
}

func authorityOf(c *x509.Certificate) { c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign }

func TestACertificateIsTrustedByItsChainAlone(t *testing.T) {
	d := newDevice(t)
	c := d.application("till")
	root := issue(t, nil, authorityOf)
	middle := issue(t, root, authorityOf)
	leaf := issue(t, middle, nil)
	put := func(name string, i *issuer, trusted bool) call.Code {
		return c.PutCertificate([]byte(name), i.cert.Raw, trusted)
	}
	for _, step := range []struct {
		name    string
		issuer  *issuer
		trusted bool
		want    call.Code
	}{
		{"leaf", leaf, false, call.CodeUntrusted}, // nothing above it is known
		{"root", root, false, call.CodeUntrusted}, // it vouches for itself, which counts for nothing
		{"leaf", leaf, true, call.CodeUntrusted},  // it is no authority
		{"root", root, true, call.OK},
		{"leaf", leaf, false, call.CodeUntrusted}, // the one in the middle is missing
		{"middle", middle, false, call.OK},
		{"leaf", leaf, false, call.OK},
		{"expired", issue(t, middle, func(c *x509.Certificate) { c.NotAfter = c.NotBefore.Add(time.Hour) }), false, call.CodeUntrusted},
		{"early", issue(t, middle, func(c *x509.Certificate) { c.NotBefore = c.NotAfter.Add(-time.Hour) }), false, call.CodeUntrusted},
		{"below a leaf", issue(t, leaf, nil), false, call.CodeUntrusted},
		{"foreign", issue(t, issue(t, nil, authorityOf), nil), false, call.CodeUntrusted},
	} {
		if code := put(step.name, step.issuer, step.trusted); code != step.want {
			t.Errorf("%s, trusted %t: %v", step.name, step.trusted, code)
		}
	}
	signature := must(leaf.key.Sign(rand.Reader, p256().digest([]byte("message")), nil))(t)
	verify := func() call.Code { return c.VerifyWith("leaf", call.ECDSAP256, []byte("message"), signature) }
	if code := verify(); code != call.OK {
		t.Errorf("the control failed: %v", code)
	}
	if code := d.application("other").VerifyWith("leaf", call.ECDSAP256, []byte("message"), signature); code != call.CodeNotFound {
		t.Errorf("another owner: %v", code)
	}
	d.now = leaf.cert.NotAfter.Add(time.Second)
	if code := verify(); code != call.CodeUntrusted {
		t.Errorf("after its time: %v", code)
	}
	d.now = leaf.cert.NotBefore.Add(time.Hour)
	if code := c.DeleteCertificate([]byte("root")); code != call.OK {
		t.Fatal(code)
	}
	if code := verify(); code != call.CodeUntrusted {
		t.Errorf("after its root was taken away: %v", code)
	}
}

func TestTheStoresAreBounded(t *testing.T) {
	d := newDevice(t)
	c := d.application("till")
	root := issue(t, nil, authorityOf)
	for i := range maxCertificates + 1 {
		code := c.PutCertificate([]byte{byte(i)}, root.cert.Raw, true)
		if full := i == maxCertificates; full != (code == call.CodeQuota) {
			t.Fatalf("certificate %d: %v", i, code)
		}
	}
	for i := range maxData + 1 {
		code := c.PutData([]byte{byte(i)}, nil)
		if full := i == maxData; full != (code == call.CodeQuota) {
			t.Fatalf("value %d: %v", i, code)
		}
	}
	if code := c.PutData([]byte{0}, make([]byte, call.MaxValue)); code != call.OK {
		t.Errorf("a value in another's place: %v", code)
	}
	for name, code := range map[string]call.Code{"a long value": c.PutData([]byte{0}, make([]byte, call.MaxValue+1)), "a long name": c.PutData(make([]byte, call.MaxName+1), nil),
		"a long certificate": c.PutCertificate([]byte{0}, make([]byte, call.MaxCertificate+1), true)} {
		if code != call.CodeTooLong {
			t.Errorf("%s: %v", name, code)
		}
	}
	if code := c.PutData(nil, nil); code != call.CodeMalformed {
		t.Errorf("no name: %v", code)
	}
}
