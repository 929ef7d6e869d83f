package ceremony

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

func hexString(b []byte) string { return hex.EncodeToString(b) }

func pemFile(t *testing.T, path ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func pair(t *testing.T, cert, key []byte) tls.Certificate {
	t.Helper()
	c, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func pool(t *testing.T, ca []byte) *x509.CertPool {
	t.Helper()
	p := x509.NewCertPool()
	if !p.AppendCertsFromPEM(ca) {
		t.Fatal("no authority")
	}
	return p
}

// ends are the certificates of a lane's two mutual TLS links.
type ends struct {
	kernel                  provisioning.Kernel
	doors, host             tls.Certificate // the kernel's
	reader, pinpad, gateway tls.Certificate
	device                  provisioning.Device
	deviceCA, hostCA        []byte // as the devices and the acquirer have them
}

func readEnds(t *testing.T, dir string) (e ends) {
	t.Helper()
	readJSON(t, &e.kernel, dir, Worlds, "secureworld", "kernel.json")
	readJSON(t, &e.device, dir, Worlds, "reader", provisioning.FileDevice)
	incoming := filepath.Join(dir, Worlds, "secureworld", "storage", provisioning.Incoming)
	key := func(name string) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pemFile(t, incoming, name)})
	}
	e.doors = pair(t, []byte(e.kernel.DoorsCert), key(provisioning.FileDoorsKey))
	e.host = pair(t, []byte(e.kernel.HostCert), key(provisioning.FileHostKey))
	world := func(name string) tls.Certificate {
		return pair(t, pemFile(t, dir, Worlds, name, "cert.pem"), pemFile(t, dir, Worlds, name, "key.pem"))
	}
	e.reader, e.pinpad, e.gateway = world("reader"), world("pinpad"), world("acquirer")
	e.deviceCA = pemFile(t, dir, Worlds, "reader", "ca.pem")
	e.hostCA = pemFile(t, dir, Worlds, "acquirer", "ca.pem")
	return e
}

// shake runs a handshake and returns the client's name as the server sees it.
func shake(t *testing.T, server, client *tls.Config) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	near, far := connected(t)
	server.MinVersion, client.MinVersion = tls.VersionTLS13, tls.VersionTLS13
	server.ClientAuth = tls.RequireAndVerifyClientCert
	s, c := tls.Server(near, server), tls.Client(far, client)
	done := make(chan error, 1)
	go func() { done <- c.HandshakeContext(ctx) }()
	if err := errors.Join(s.HandshakeContext(ctx), <-done); err != nil {
		return "", err
	}
	return s.ConnectionState().PeerCertificates[0].Subject.CommonName, nil
}

// connected is a pair of sockets: net.Pipe has no room for an alert that nobody
// reads.
func connected(t *testing.T) (near, far net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if far, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if near, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	return near, far
}

func TestDevicesAndSecureWorldKnowEachOther(t *testing.T) {
	dir, _, r := held(t)
	e := readEnds(t, dir)
	for want, cert := range map[string]tls.Certificate{r.ReaderDevice: e.reader, r.PINPadDevice: e.pinpad} {
		got, err := shake(t,
			&tls.Config{Certificates: []tls.Certificate{e.doors}, ClientCAs: pool(t, []byte(e.kernel.DeviceCA))},
			&tls.Config{Certificates: []tls.Certificate{cert}, RootCAs: pool(t, e.deviceCA), ServerName: e.device.ServerName})
		if err != nil || got != want {
			t.Errorf("%s: %s, %v", want, got, err)
		}
	}
}

func TestTerminalAndAcquirerKnowEachOther(t *testing.T) {
	dir, _, r := held(t)
	e := readEnds(t, dir)
	got, err := shake(t,
		&tls.Config{Certificates: []tls.Certificate{e.gateway}, ClientCAs: pool(t, e.hostCA)},
		&tls.Config{Certificates: []tls.Certificate{e.host}, RootCAs: pool(t, []byte(e.kernel.HostCA)), ServerName: e.kernel.HostName})
	if err != nil || got != r.TerminalID {
		t.Errorf("%s, %v", got, err)
	}
}

func TestCertificatesOfOneLinkAreRefusedOnTheOther(t *testing.T) {
	dir, _, _ := held(t)
	e := readEnds(t, dir)
	devices := func() *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{e.doors}, ClientCAs: pool(t, []byte(e.kernel.DeviceCA))}
	}
	for name, client := range map[string]*tls.Config{
		"the terminal's host certificate at the doors": {Certificates: []tls.Certificate{e.host}, RootCAs: pool(t, e.deviceCA), ServerName: DoorsName},
		"a server's certificate as a client":           {Certificates: []tls.Certificate{e.doors}, RootCAs: pool(t, e.deviceCA), ServerName: DoorsName},
		"another server name":                          {Certificates: []tls.Certificate{e.reader}, RootCAs: pool(t, e.deviceCA), ServerName: HostName},
		"another authority":                            {Certificates: []tls.Certificate{e.reader}, RootCAs: pool(t, e.hostCA), ServerName: DoorsName},
	} {
		if _, err := shake(t, devices(), client); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
