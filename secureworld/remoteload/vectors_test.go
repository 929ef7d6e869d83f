package remoteload

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
)

// vectors are published tokens, made by another host for a published device.
func vectors(t *testing.T) string {
	t.Helper()
	for _, folder := range []string{os.Getenv("STRONGROOM_VECTORS"), "../../../shared/vectors"} {
		if _, err := os.Stat(filepath.Join(folder, "tr34")); folder != "" && err == nil {
			return filepath.Join(folder, "tr34")
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatal("the shared vectors are missing")
	}
	t.Log("LEFT OUT: the shared vectors are not on this machine")
	return ""
}

func file(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func certificate(t *testing.T, text []byte) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(text)
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func privateKey(t *testing.T, text []byte) *rsa.PrivateKey {
	t.Helper()
	block, _ := pem.Decode(text)
	if k, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return k
	}
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return k.(*rsa.PrivateKey)
}

// The published AES token opens by every step but the revocation list, which it has
// not; the published TDES token is refused at its content encryption.
func TestPublishedTokensOpenWhereTheirCiphersAreAccepted(t *testing.T) {
	folder := vectors(t)
	if folder == "" {
		return
	}
	var published struct {
		Tokens []struct {
			Nonce, Token string
			Host         string `json:"kdh_cert"`
			Expect       struct{ Key, Algorithm, Usage, Mode string }
		}
	}
	if err := json.Unmarshal(file(t, filepath.Join(folder, "two_pass_tokens.json")), &published); err != nil {
		t.Fatal(err)
	}
	device := certificate(t, file(t, filepath.Join(folder, "clover/krd_1_cert.pem")))
	key := privateKey(t, file(t, filepath.Join(folder, "clover/krd_1_key.pem")))
	opened := 0
	for _, v := range published.Tokens {
		token, _ := hex.DecodeString(v.Token)
		host := certificate(t, []byte(v.Host))
		s, err := parseSigned(token)
		if err != nil {
			t.Fatalf("%s: %v", v.Expect.Algorithm, err)
		}
		if err := s.verify(host); err != nil {
			t.Errorf("%s: %v", v.Expect.Algorithm, err)
		}
		if hex.EncodeToString(s.random) != hex.EncodeToString(unhex(t, v.Nonce)) {
			t.Errorf("random %x", s.random)
		}
		e, ok := parseEnvelope(s.content)
		if ok == (v.Expect.Algorithm == "T") { // published in TDES-CBC
			t.Errorf("%s: envelope accepted %v", v.Expect.Algorithm, ok)
		}
		if !ok {
			continue
		}
		content, err := e.open(device, key)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(content, unhex(t, v.Expect.Key)) {
			t.Errorf("another key: %x", content)
		}
		opened++
		t.Logf("%x", content)
	}
	if opened != 1 {
		t.Errorf("%d tokens opened", opened)
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A receiving device's certificate has a chain to the same root, and is no host's.
func TestAPublishedDeviceIsNotTakenForAHost(t *testing.T) {
	folder := vectors(t)
	if folder == "" {
		return
	}
	read := func(name string) *x509.Certificate {
		return certificate(t, file(t, filepath.Join(folder, "clover", name)))
	}
	authority, host, device := read("kdh_ca_cert.pem"), read("kdh_1_cert.pem"), read("krd_1_cert.pem")
	authority.KeyUsage |= x509.KeyUsageCRLSign // the published one says that it signs certificates alone
	now := host.NotBefore.AddDate(0, 0, 1)
	list := revocations(t, authority, privateKey(t, file(t, filepath.Join(folder, "clover/kdh_ca_key.pem"))), now)
	if err := (&Device{Authority: authority}).Bind(device.Raw, list, now); err == nil {
		t.Error("a device is bound as a host")
	}
	if err := (&Device{Authority: authority}).Bind(host.Raw, list, now); err != nil {
		t.Errorf("the twin, a host: %v", err)
	}
}
