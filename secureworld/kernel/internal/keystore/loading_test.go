package keystore

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// signer certifies keys under a name.
type signer struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newSigner(t *testing.T, name string) signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := signer{t: t, key: key}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	s.cert = template
	s.cert = s.certify(template, &key.PublicKey)
	return s
}

func (s signer) certify(template *x509.Certificate, public any) *x509.Certificate {
	der, err := x509.CreateCertificate(rand.Reader, template, s.cert, public, s.key)
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s signer) leaf(name string, public any) string {
	return inPEM(s.certify(&x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour)}, public))
}

func inPEM(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

func rsaKey(t *testing.T) (*rsa.PrivateKey, []byte) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return key, der
}

// loads provisions an estate for remote key loading.
func (e *estate) loads(t *testing.T) *rsa.PrivateKey {
	key, der := rsaKey(t)
	host, _ := rsaKey(t)
	devices, hosts := newSigner(t, "devices"), newSigner(t, "hosts")
	e.cfg.KeyLoading = &provisioning.KeyLoading{Cert: devices.leaf("TERM0001", &key.PublicKey), Authority: inPEM(hosts.cert), Host: hosts.leaf("host", &host.PublicKey)}
	e.files[provisioning.FileLoadingKey] = der
	e.deliver(t, e.dir)
	return key
}

func TestTheBindingIsTakenOverAndThenBelongsToTheStorage(t *testing.T) {
	e := newEstate(t)
	key := e.loads(t)
	s := e.open(t)
	first, err := s.Loading()
	if err != nil || !first.Key.Equal(key) || first.Host.Subject.CommonName != "host" || !first.Revoked.IsZero() {
		t.Fatalf("%v", err)
	}
	another := newSigner(t, "others")
	e.cfg.KeyLoading.Authority, e.cfg.KeyLoading.Host = inPEM(another.cert), another.leaf("another", &key.PublicKey)
	again, err := e.open(t).Loading()
	if err != nil || !again.Host.Equal(first.Host) || !again.Authority.Equal(first.Authority) {
		t.Errorf("another configuration binds another host: %v", err)
	}
}

func TestADeviceWithoutABindingTakesNoKeys(t *testing.T) {
	if _, err := newEstate(t).open(t).Loading(); !errors.Is(err, ErrNoLoading) {
		t.Errorf("%v", err)
	}
}

func TestABindingThatDoesNotFitIsNotTakenOver(t *testing.T) {
	other := newSigner(t, "devices")
	stranger, _ := rsaKey(t)
	for name, change := range map[string]func(e *estate){
		"a certificate of another key": func(e *estate) { e.cfg.KeyLoading.Cert = other.leaf("TERM0001", &stranger.PublicKey) },
		"a host of another authority":  func(e *estate) { e.cfg.KeyLoading.Host = other.leaf("host", &stranger.PublicKey) },
		"no certificate":               func(e *estate) { e.cfg.KeyLoading.Host = "host" },
		"no key":                       func(e *estate) { e.files[provisioning.FileLoadingKey] = []byte{1} },
		"a host whom the devices' one vouches": func(e *estate) {
			e.cfg.KeyLoading.Authority, e.cfg.KeyLoading.Host = inPEM(other.cert), other.leaf("host", &stranger.PublicKey)
		},
	} {
		e := newEstate(t)
		e.loads(t)
		change(e)
		e.deliver(t, e.dir)
		if _, err := openAll(newRooms(), e.dir, e.cfg); err == nil {
			t.Errorf("%s is taken over", name)
		}
	}
}

func TestAnOlderRevocationListStaysOlder(t *testing.T) {
	e := newEstate(t)
	e.loads(t)
	s := e.open(t)
	now := time.Unix(1_800_000_000, 0)
	for _, at := range []time.Time{now, now.Add(-time.Hour)} {
		if err := s.KeepRevoked(at); err != nil {
			t.Fatal(err)
		}
	}
	if l, err := e.open(t).Loading(); err != nil || !l.Revoked.Equal(now) {
		t.Errorf("%v, %v", l.Revoked, err)
	}
}
