package revocation

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"
)

type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func certify(t testing.TB, serial int64, by *authority) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "one"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: by == nil, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	made := &authority{c, key}
	if by == nil {
		by = made
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by.cert, key.Public(), by.key)
	if err != nil {
		t.Fatal(err)
	}
	if made.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return made
}

func (a *authority) list(t testing.TB, serials ...int64) []byte {
	t.Helper()
	l := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now().Add(-2 * time.Hour), NextUpdate: time.Now().Add(-time.Hour)}
	for _, s := range serials {
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: big.NewInt(s), RevocationTime: time.Now()})
	}
	der, err := x509.CreateRevocationList(rand.Reader, l, a.cert, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
}

func TestAPeerIsHeldToTheListOfItsAuthority(t *testing.T) {
	ca, other := certify(t, 1, nil), certify(t, 1, nil)
	peer := certify(t, 7, ca)
	state := tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{peer.cert, ca.cert}}}
	for name, c := range map[string]struct {
		list  []byte
		state tls.ConnectionState
		want  error
	}{
		"another one is revoked":       {ca.list(t, 8), state, nil},
		"none is":                      {ca.list(t), state, nil},
		"it is":                        {ca.list(t, 8, 7), state, ErrRevoked},
		"a list of another authority":  {other.list(t), state, ErrList},
		"a peer that was not verified": {ca.list(t), tls.ConnectionState{}, ErrList},
	} {
		l, err := Parse(c.list)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Permits(c.state); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (*List)(nil).Permits(state); err != nil {
		t.Errorf("without a list: %v", err)
	}
}

func TestWhatIsNoListIsRefused(t *testing.T) {
	ca := certify(t, 1, nil)
	good := ca.list(t)
	for name, text := range map[string]string{
		"nothing": "", "another block": strings.ReplaceAll(string(good), "X509 CRL", "CERTIFICATE"),
		"two": string(good) + string(good), "cut": string(good[:len(good)/2]), "too long": string(good) + strings.Repeat("\n", MaxList),
		"no list within": "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
	} {
		if _, err := Parse([]byte(text)); !errors.Is(err, ErrList) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Parse(good); err != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := Parse(b); (l == nil) != (err != nil) {
			t.Fatal(err)
		}
	})
}
