package ceremony

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/provision"
	"github.com/strongroom-pos/strongroom/internal/provision/role"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/remoteload"
)

// receiving is the device of a ceremony as its kernel will have it.
func receiving(t *testing.T, dir string) (*remoteload.Device, *x509.Certificate) {
	t.Helper()
	world := filepath.Join(dir, Worlds, "secureworld")
	b, err := os.ReadFile(filepath.Join(world, "kernel.json"))
	if err != nil {
		t.Fatal(err)
	}
	var k provisioning.Kernel
	if err := json.Unmarshal(b, &k); err != nil || k.KeyLoading == nil {
		t.Fatalf("no binding: %v", err)
	}
	der, err := os.ReadFile(filepath.Join(world, "storage", provisioning.Incoming, provisioning.FileLoadingKey))
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		t.Fatal(err)
	}
	own, ca := parsed(t, k.KeyLoading.Cert), parsed(t, k.DeviceCA)
	if own.CheckSignatureFrom(ca) != nil || len(own.ExtKeyUsage) != 0 || own.KeyUsage != x509.KeyUsageKeyEncipherment {
		t.Error("the certificate is for more than to receive keys, or not the device authority's")
	}
	return &remoteload.Device{Authority: parsed(t, k.KeyLoading.Authority), Own: own, Key: key.(*rsa.PrivateKey)}, parsed(t, k.KeyLoading.Host)
}

func parsed(t *testing.T, text string) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatal("no certificate")
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheDeviceOpensWhatItsAcquirerDelivers(t *testing.T) {
	dir, _, r := held(t)
	d, host := receiving(t, dir)
	a, err := provision.OpenAcquirer(AcquirerFolder(dir), role.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close() //nolint:errcheck // a test's
	now := time.Now()
	random, err := d.Challenge(now)
	if err != nil {
		t.Fatal(err)
	}
	id := [8]byte{0xD0, 1, 0, 1, 1, 2, 3, 4}
	delivery, err := a.KeyToken(r.TerminalID, id, random)
	if err != nil {
		t.Fatal(err)
	}
	now = time.Now()
	list, token, err := remoteload.SplitDelivery(delivery)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Bind(host.Raw, list, now); err != nil {
		t.Fatal(err)
	}
	key := make([]byte, 32)
	h, err := d.Open(token, list, remoteload.Expect{Usage: "B1", Algorithm: 'A', Mode: 'X', Exportability: 'N', Size: 32}, key, now)
	if err != nil || h.KeyID != "D001000101020304" {
		t.Errorf("%+v, %v", h, err)
	}
	if _, err := a.KeyToken(r.TerminalID, [8]byte{0xD0, 2, 0, 1}, random); err == nil {
		t.Error("a key id of another base derivation key is taken")
	}
	if _, err := a.KeyToken("NOBODY", id, random); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a terminal that was never enrolled: %v", err)
	}
}
