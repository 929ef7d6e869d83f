package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/internal/gateway"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

// files writes what a start needs and returns its flags.
func files(t *testing.T, lane *testlane.Lane) (dir string, args []string) {
	t.Helper()
	dir = t.TempDir()
	_, card := lane.NewCard(t, testlane.PAN1, "1234", 5_000, provisioning.ScenarioApprove)
	writeJSON(t, filepath.Join(dir, "terminals.json"), provisioning.Terminals{Terminals: lane.Terminals(1)})
	writeJSON(t, filepath.Join(dir, "cards.json"), provisioning.Cards{Cards: []provisioning.Card{card}})
	cert, key := selfSigned(t)
	write(t, filepath.Join(dir, "cert.pem"), cert)
	write(t, filepath.Join(dir, "key.pem"), key)
	at := func(name string) string { return filepath.Join(dir, name) }
	return dir, []string{
		"-tls-cert", at("cert.pem"), "-tls-key", at("key.pem"), "-ca", at("cert.pem"), "-element", lane.Socket,
		"-db", at("host.db"), "-cards", at("cards.json"), "-terminals", at("terminals.json"),
		"-addresses", at("addresses.json"), "-control", at("control"),
	}
}

func TestTheProgramPublishesItsAddressesAndAnswersOnItsControlSocket(t *testing.T) {
	lane := testlane.Start(t)
	dir, args := files(t, lane)
	for range 2 { // the second start finds the first one's database and socket
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- run(ctx, args, &bytes.Buffer{}) }()
		addresses := published(t, filepath.Join(dir, "addresses.json"))
		conn, err := net.Dial("tcp", addresses["host"])
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
		if h := health(t, addresses["control"]); !h.Ready {
			t.Errorf("health %+v", h)
		}
		if info, err := os.Stat(addresses["control"]); err != nil || info.Mode().Perm() != 0o600 {
			t.Error("the control socket is open to others")
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("ended with %v", err)
		}
		_ = os.Remove(filepath.Join(dir, "addresses.json"))
	}
}

func TestABadStartIsToldWithoutQuotingAFile(t *testing.T) {
	lane := testlane.Start(t)
	dir, args := files(t, lane)
	write(t, filepath.Join(dir, "cards.json"), []byte(`{"cards":[{"pan":"4111111111111111","nonsense":1}]}`))
	err := run(context.Background(), args, &bytes.Buffer{})
	if err == nil || strings.Contains(err.Error(), "4111") || strings.Contains(err.Error(), "nonsense") {
		t.Errorf("error %v", err)
	}
	if run(context.Background(), nil, &bytes.Buffer{}) == nil {
		t.Error("a start without flags was accepted")
	}
}

func published(t *testing.T, path string) (out map[string]string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		b, err := os.ReadFile(path)
		if err == nil {
			if err := json.Unmarshal(b, &out); err != nil {
				t.Fatal(err)
			}
			return out
		}
	}
	t.Fatal("no addresses")
	return nil
}

func health(t *testing.T, socket string) (h gateway.Health) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}}}
	defer client.CloseIdleConnections()
	r, err := client.Get("http://acquirer/health")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(&h); err != nil {
		t.Fatal(err)
	}
	return h
}

func selfSigned(t *testing.T) (cert, key []byte) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "acquirer"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

func writeJSON(t *testing.T, path string, v any) {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, b)
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
