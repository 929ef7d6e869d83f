package licence

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
)

func TestLicenceCoversWhatItNamesAndSaysWhyNot(t *testing.T) {
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	root, rootKey, _ := ed25519.GenerateKey(nil)
	public, key, _ := ed25519.GenerateKey(nil)
	cert, err := certificate.Certify(certificate.Certificate{Role: certificate.RoleLicence, Name: "sales", PublicKey: public, NotBefore: now, NotAfter: now.Add(9 * time.Hour)}, rootKey)
	if err != nil {
		t.Fatal(err)
	}
	program, client := sha256.Sum256([]byte("terminal")), sha256.Sum256([]byte("client"))
	kernel := strings.Repeat("ab", 32)
	raw, err := Sign(Licence{
		Serial: "L-1", Customer: "demo", Kernels: []string{kernel}, Executables: []string{hex.EncodeToString(program[:])},
		ClientCertificates: []string{hex.EncodeToString(client[:])}, NotBefore: now.Add(time.Hour), NotAfter: now.Add(2 * time.Hour),
	}, key, cert)
	if err != nil {
		t.Fatal(err)
	}
	l, err := Open(raw, root, now)
	if err != nil {
		t.Fatal(err)
	}
	during := now.Add(90 * time.Minute)
	for _, c := range []struct {
		kernel, customer string
		at               time.Time
		want             error
	}{
		{kernel, "demo", during, nil}, {kernel, "demo", now, ErrNotYet}, {kernel, "demo", now.Add(3 * time.Hour), ErrExpired},
		{strings.Repeat("ac", 32), "demo", during, ErrKernel}, {kernel, "other", during, ErrCustomer},
	} {
		if err := l.Covers(c.kernel, c.customer, c.at); !errors.Is(err, c.want) {
			t.Errorf("%v: got %v, want %v", c.at, err, c.want)
		}
	}
	if l.Measured(program) != nil || !errors.Is(l.Measured(client), ErrExecutable) {
		t.Error("measured programs")
	}
	if l.Certified(client) != nil || !errors.Is(l.Certified(program), ErrCertificate) {
		t.Error("client certificates")
	}
	if _, err := Open(bytes.Replace(raw, []byte("demo"), []byte("dema"), 1), root, now); err == nil {
		t.Error("a changed licence was opened")
	}
}
