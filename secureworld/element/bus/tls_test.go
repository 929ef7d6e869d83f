package bus_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/server"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
)

// certificate is that of a server on this machine, and the roots that vouch for it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}, roots
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestAServerWithACertificateTalksToNobodyInClear(t *testing.T) {
	pair, roots := certificate(t)
	leaves, leaf := freeAddress(t), subject.Role{Kind: subject.Leaf, Branch: "north"}
	s, err := server.Start(server.Config{
		Name: "centre", Listen: "127.0.0.1:0", Leaves: leaves, TLS: &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}},
		Users: []server.User{{Role: client("a"), Token: token}, {Role: leaf, Token: token}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for name, c := range map[string]struct {
		tls  *tls.Config
		good bool
	}{
		"with its roots":  {&tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots}, true},
		"with other ones": {&tls.Config{MinVersion: tls.VersionTLS13, RootCAs: x509.NewCertPool()}, false},
	} {
		conn, err := bus.Connect(bus.Config{URLs: []string{s.URL()}, Role: client("a"), Token: token, TLS: c.tls})
		if (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			conn.Close()
		}
	}
	branch, err := server.Start(server.Config{Name: "north", Centre: &server.Centre{
		Addresses: []string{leaves}, Branch: "north", Token: token, TLS: &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(branch.Close)
	eventually(t, "the branch joins", func() bool { l := s.Links(); return len(l) == 1 && l[0].Branch == "north" })
}

func TestALeafIsNoClientAndAClientIsNoLeaf(t *testing.T) {
	leaves, leaf := freeAddress(t), subject.Role{Kind: subject.Leaf, Branch: "north"}
	s, err := server.Start(server.Config{
		Name: "centre", Listen: "127.0.0.1:0", Leaves: leaves,
		Users: []server.User{{Role: client("a"), Token: token}, {Role: leaf, Token: token}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if conn, err := bus.Connect(bus.Config{URLs: []string{s.URL()}, Role: leaf, Token: token}); err == nil {
		conn.Close()
		t.Error("a branch's server is let in as a client")
	}
	if conn, err := bus.Connect(bus.Config{URLs: []string{"nats://" + leaves}, Role: client("a"), Token: token}); err == nil {
		conn.Close()
		t.Error("a client is let in as a branch's server")
	}
}
