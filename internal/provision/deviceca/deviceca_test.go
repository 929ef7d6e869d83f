package deviceca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"testing"
	"time"
)

// memory keeps an authority's files.
type memory map[string][]byte

func (m memory) Put(name string, b []byte) error { m[name] = b; return nil }

func (m memory) Get(name string) ([]byte, error) {
	b, ok := m[name]
	if !ok {
		return nil, os.ErrNotExist
	}
	return b, nil
}

func key(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func authority(t *testing.T) (*Authority, memory, *ecdsa.PrivateKey) {
	t.Helper()
	m, k := memory{}, key(t)
	a, err := Create("device authority", k, m, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return a, m, k
}

func issue(t *testing.T, a *Authority, p Purpose, name string) *x509.Certificate {
	t.Helper()
	b, err := a.Issue(p, name, key(t).Public())
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(b)
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestACertificateIsGoodForItsPurposeAlone(t *testing.T) {
	a, _, _ := authority(t)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(a.PEM())
	for p, want := range map[Purpose]x509.ExtKeyUsage{Reader: x509.ExtKeyUsageClientAuth, PINPad: x509.ExtKeyUsageClientAuth,
		Terminal: x509.ExtKeyUsageClientAuth, SecureWorld: x509.ExtKeyUsageServerAuth, Acquirer: x509.ExtKeyUsageServerAuth, Attestation: 0} {
		c := issue(t, a, p, "name")
		if c.Subject.OrganizationalUnit[0] != string(p) {
			t.Errorf("%s says that it is for %v", p, c.Subject.OrganizationalUnit)
		}
		for _, u := range []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth} {
			_, err := c.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{u}})
			if (err == nil) != (u == want) {
				t.Errorf("%s as usage %d: %v", p, u, err)
			}
		}
	}
	if _, err := a.Issue("king", "name", key(t).Public()); err == nil {
		t.Error("a purpose that there is not")
	}
}

func TestANameHasOneGoodCertificateOfAPurpose(t *testing.T) {
	a, m, k := authority(t)
	first := issue(t, a, Reader, "R1")
	if _, err := a.Issue(Reader, "R1", key(t).Public()); !errors.Is(err, ErrKnown) {
		t.Fatal(err)
	}
	a, err := Open(k, m, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Issue(Reader, "R1", key(t).Public()); !errors.Is(err, ErrKnown) {
		t.Fatalf("after a restart: %v", err)
	}
	if _, err := a.Revoke(serialText(first.SerialNumber)); err != nil {
		t.Fatal(err)
	}
	issue(t, a, Reader, "R1")
	if l := a.List(); len(l) != 2 || l[0].Revoked == nil || l[1].Revoked != nil {
		t.Errorf("%+v", l)
	}
}

func TestTheListNamesWhatWasRevoked(t *testing.T) {
	a, m, _ := authority(t)
	bad, good := issue(t, a, Reader, "R1"), issue(t, a, PINPad, "P1")
	b, err := a.Revoke(serialText(bad.SerialNumber))
	if err != nil {
		t.Fatal(err)
	}
	if string(m[listFile]) != string(b) {
		t.Error("the list was not kept")
	}
	block, _ := pem.Decode(b)
	list, err := x509.ParseRevocationList(block.Bytes)
	if err != nil || list.CheckSignatureFrom(a.cert) != nil {
		t.Fatal(err)
	}
	if r := list.RevokedCertificateEntries; len(r) != 1 || r[0].SerialNumber.Cmp(bad.SerialNumber) != 0 || r[0].SerialNumber.Cmp(good.SerialNumber) == 0 {
		t.Errorf("%+v", r)
	}
	for _, serial := range []string{serialText(bad.SerialNumber), "0", ""} {
		if _, err := a.Revoke(serial); err == nil {
			t.Errorf("revoked %q", serial)
		}
	}
}

func TestADamagedRegisterIsTold(t *testing.T) {
	_, m, k := authority(t)
	m[registerFile] = []byte("{\n")
	if _, err := Open(k, m, time.Now); err == nil {
		t.Error("opened")
	}
}
