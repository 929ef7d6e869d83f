// Package scale runs several nodes of the acquirer on one PostgreSQL ledger, and
// terminals that pay through them as terminals do: each has the nodes' addresses, and
// what it gets no answer to it takes back, or repeats, at another node. Afterwards both
// books are held against what every terminal knows.
//
// Only its own tests and benchmarks use it. Nodes are the real program, and the messages
// are real ISO 8583 over TLS 1.3.
package scale

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/internal/testdb"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

// Site is a database, a secure element and what nodes are started with.
type Site struct {
	testing.TB
	Server   *testdb.Server
	Database string

	dir   string
	lane  *testlane.Lane
	ca    *x509.Certificate
	key   *ecdsa.PrivateKey
	cards []*testlane.Card
	nodes []*Node
	kept  []*Client
}

// balance of each card, minor units: more than any run spends.
const balance = 1_000_000_000

// NewSite has n terminals, each with a card of its own.
func NewSite(tb testing.TB, server *testdb.Server, database string, n int) *Site {
	tb.Helper()
	s := &Site{TB: tb, Server: server, Database: database, dir: tb.TempDir(), lane: testlane.Start(tb)}
	s.makeAuthority()
	var cards provisioning.Cards
	for i := range n {
		c, p := s.lane.NewCard(tb, luhn(i), "1234", balance, provisioning.ScenarioApprove)
		c.CVM = [3]byte{0x1F}
		p.ForgetsATC = true // messages of one terminal overtake each other between nodes
		s.cards, cards.Cards = append(s.cards, c), append(cards.Cards, p)
	}
	s.writeJSON("cards.json", cards)
	s.writeJSON("terminals.json", provisioning.Terminals{Terminals: s.lane.Terminals(n)})
	pair := s.issue("acquirer", x509.ExtKeyUsageServerAuth)
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	s.must(err)
	s.writePEM("host.pem", "CERTIFICATE", pair.Certificate[0])
	s.writePEM("host.key", "PRIVATE KEY", key)
	s.writePEM("ca.pem", "CERTIFICATE", s.ca.Raw)
	return s
}

// luhn is a test number of its own: under 476173, as published.
func luhn(i int) string {
	digits := []byte("476173000000000")
	for at := len(digits) - 1; i > 0; at, i = at-1, i/10 {
		digits[at] = '0' + byte(i%10)
	}
	sum := 0
	for at, d := range digits {
		v := int(d - '0')
		if at%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return string(append(digits, '0'+byte((10-sum%10)%10)))
}

func (s *Site) makeAuthority() {
	s.Helper()
	var err error
	s.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	s.must(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, s.key.Public(), s.key)
	s.must(err)
	s.ca, err = x509.ParseCertificate(der)
	s.must(err)
}

func (s *Site) issue(name string, use x509.ExtKeyUsage) tls.Certificate {
	s.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	s.must(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{use},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, s.ca, key.Public(), s.key)
	s.must(err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (s *Site) path(name string) string { return filepath.Join(s.dir, name) }

func (s *Site) writeJSON(name string, v any) {
	s.Helper()
	b, err := json.Marshal(v)
	s.must(err)
	s.must(os.WriteFile(s.path(name), b, 0o600))
}

func (s *Site) writePEM(name, kind string, der []byte) {
	s.Helper()
	s.must(os.WriteFile(s.path(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}

func (s *Site) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}
