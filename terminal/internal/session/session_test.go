package session

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// listener returns a mailbox address over either transport and its listener.
func listener(t *testing.T, transport string) (net.Listener, Config) {
	t.Helper()
	dir := t.TempDir()
	if transport == "unix" {
		l, err := net.Listen("unix", filepath.Join(dir, "m"))
		must(t, err)
		t.Cleanup(func() { l.Close() })
		return l, Config{Address: "unix:" + filepath.Join(dir, "m")}
	}
	cfg, server := certificates(t, dir)
	l, err := tls.Listen("tcp", "127.0.0.1:0", server)
	must(t, err)
	t.Cleanup(func() { l.Close() })
	cfg.Address = "tcp:" + l.Addr().String()
	return l, cfg
}

// certificates makes one key that is authority, server and client.
func certificates(t *testing.T, dir string) (Config, *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	certFile, keyFile := filepath.Join(dir, "cert"), filepath.Join(dir, "key")
	must(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	must(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600))
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	must(t, err)
	pool := x509.NewCertPool()
	cert, err := x509.ParseCertificate(der)
	must(t, err)
	pool.AddCert(cert)
	return Config{Cert: certFile, Key: keyFile, CA: certFile}, &tls.Config{MinVersion: tls.VersionTLS13,
		Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func start() mailbox.Start {
	return mailbox.Start{ID: payment.ID{1}, Type: payment.TypeSale, Amount: 1, Currency: payment.EUR, TimeoutSeconds: 1}
}

// The other side reads Start only after this side has given up. Ended must not
// be told before.
func TestASessionEndsOnlyWhenTheOtherSideIsThroughWithIt(t *testing.T) {
	for _, transport := range []string{"unix", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			l, cfg := listener(t, transport)
			read, goOn := make(chan byte, 1), make(chan struct{})
			go func() {
				c, err := l.Accept()
				if err != nil {
					return
				}
				defer c.Close()
				if h, ok := c.(*tls.Conn); ok {
					_ = h.HandshakeContext(context.Background()) // a failure shows at the client
				}
				<-goOn
				kind, _, err := frame.Read(c, mailbox.MaxBody)
				if err == nil {
					read <- kind
				}
			}()
			dial, err := Dialer(cfg)
			must(t, err)
			s, err := Open(t.Context(), dial, 0)
			must(t, err)
			failed := make(chan error, 1)
			go func() { _, err := s.Start(start()); failed <- err }()
			time.Sleep(50 * time.Millisecond)
			must(t, s.Close())
			if err := <-failed; err == nil {
				t.Fatal("the call did not fail")
			}
			select {
			case <-s.Ended():
				t.Fatal("ended while the start lay unread")
			case <-time.After(200 * time.Millisecond):
			}
			close(goOn)
			if kind := <-read; kind != mailbox.KindStart {
				t.Fatal("the start did not arrive after all") // it would be no race, and this no test
			}
			select {
			case <-s.Ended():
			case <-time.After(5 * time.Second):
				t.Fatal("never ended")
			}
		})
	}
}

func TestASessionWithoutAnUnansweredStartEndsAtOnce(t *testing.T) {
	_, cfg := listener(t, "unix")
	dial, err := Dialer(cfg)
	must(t, err)
	s, err := Open(t.Context(), dial, 0)
	must(t, err)
	must(t, s.Close())
	select {
	case <-s.Ended():
	case <-time.After(time.Second):
		t.Fatal("never ended")
	}
	if err := s.Ping(1); err == nil {
		t.Error("an ended session answered")
	}
}

func TestTCPNeedsCertificatesOfBothSides(t *testing.T) {
	l, good := listener(t, "tcp")
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 1)) // shakes hands
			_ = c.Close()
		}
	}()
	dial, err := Dialer(good)
	must(t, err)
	c, err := dial(t.Context())
	must(t, err) // the twin
	_ = c.Close()
	_, stranger := listener(t, "tcp")
	other := Config{Address: good.Address, Cert: stranger.Cert, Key: stranger.Key, CA: stranger.CA}
	if dial, err = Dialer(other); err != nil {
		t.Fatal(err)
	}
	if _, err := dial(t.Context()); err == nil {
		t.Error("a server of another authority was believed")
	}
	for _, cfg := range []Config{{}, {Address: "tcp:127.0.0.1:1"}, {Address: "unix:"}, {Address: "127.0.0.1:1"},
		{Address: good.Address, Cert: good.Cert, Key: good.Key, CA: "/nonexistent"}} {
		if _, err := Dialer(cfg); err == nil {
			t.Errorf("%+v was taken", cfg)
		}
	}
}
