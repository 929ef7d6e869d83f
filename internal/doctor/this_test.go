//go:build linux

package doctor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func put(t *testing.T, home, name, text string, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(home, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func selfSigned(t *testing.T, until time.Time) string {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: until.Add(-time.Hour), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, c, c, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// TestARealHomeIsRead plants the faults of a home on a real disk, each beside its twin.
func TestARealHomeIsRead(t *testing.T) {
	home := t.TempDir()
	if err := os.Chmod(home, 0o755); err != nil {
		t.Fatal(err)
	}
	m := This("bin", home, nil)
	if h := m.Homed(); h.There || h.Bad || h.Other {
		t.Errorf("an empty home: %+v", h)
	}
	put(t, home, "ceremony.json", `{"terminal_id":"LANE0001"}`, 0o600)
	put(t, home, "cards/a.json", "{}", 0o600)
	put(t, home, "worlds/secureworld/kernel.json", "{}", 0o600)
	if h := m.Homed(); !h.There || !h.Old || h.Dead || h.Bad {
		t.Errorf("without a list of revoked: %+v", h)
	}
	put(t, home, "worlds/acquirer/ca.crl", "x", 0o600)
	put(t, home, "lane.json", `{"pid":0}`, 0o600)
	if h := m.Homed(); h.Old || !h.Dead {
		t.Errorf("after a lane that died: %+v", h)
	}
	put(t, home, "worlds/reader/cert.pem", selfSigned(t, time.Now().Add(-time.Hour)), 0o644)
	put(t, home, "worlds/pinpad/cert.pem", "none", 0o644)
	put(t, home, "authorities/a.key", "x", 0o644)
	put(t, home, "authorities/b.key", "x", 0o600)
	bad, old := 0, 0
	for _, c := range m.Certificates() {
		if c.Bad {
			bad++
		} else if c.Until.Before(time.Now()) {
			old++
		}
	}
	if bad != 1 || old != 1 {
		t.Errorf("certificates: %d bad, %d old", bad, old)
	}
	open := 0
	for _, f := range m.Files() {
		if f.Open {
			open++
		}
	}
	if open != 1 {
		t.Errorf("%d files are open", open)
	}
	put(t, home, "ceremony.json", "nonsense", 0o600)
	if !m.Homed().Bad {
		t.Error("nonsense is a home")
	}
}

func TestARealMachineAnswers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	m := This("bin", filepath.Join(t.TempDir(), "not", "there"), map[string]string{"page": l.Addr().String()})
	if m.Listen(l.Addr().String()) == nil || m.Listen("127.0.0.1:0") != nil {
		t.Error("a port that is taken is free, or the other way round")
	}
	if _, err := m.Synchronised(); err != nil {
		t.Error(err)
	}
	if n, err := m.Free(m.Home); err != nil || n == 0 {
		t.Errorf("%d bytes: %v", n, err)
	}
	if !m.Find("sh") || m.Find("no-such-program") {
		t.Error("programs are not found")
	}
	if r := Examine(m, Lane{}); len(r.Findings) == 0 {
		t.Error("nothing was looked at")
	}
}
