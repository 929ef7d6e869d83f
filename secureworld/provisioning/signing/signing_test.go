package signing

import (
	"crypto/ed25519"
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
	"github.com/strongroom-pos/strongroom/secureworld/internal/licence"
)

var now = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)

func manufacturer(t *testing.T) Manufacturer {
	t.Helper()
	key := func() ed25519.PrivateKey {
		_, k, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	return Manufacturer{Root: key(), Image: key(), Developer: key(), Licence: key(), Configuration: key(), Countersignature: key()}
}

func release() Release {
	return Release{
		Customer: "demo", Version: 3, Minimum: 1, Kernel: []byte("kernel program"),
		Applications: []Application{{Name: "payment", Version: 1, Module: []byte("application")}},
		AppWorld:     [][]byte{[]byte("terminal program")},
		Valid:        Validity{now.Add(-time.Hour), now.Add(time.Hour)},
	}
}

// lay writes a release the way boot is given it.
func lay(t *testing.T, r Release, s Signed) image.Files {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return image.Files{
		Kernel: write("kernel", r.Kernel), Manifest: write("manifest", s.Manifest),
		Applications: []image.ApplicationFiles{{
			Module: write("module", r.Applications[0].Module), Statement: write("statement", s.Statements["payment"]),
		}},
	}
}

func TestASignedReleaseIsWhatBootAccepts(t *testing.T) {
	m, r := manufacturer(t), release()
	signed, err := m.Sign(r)
	if err != nil {
		t.Fatal(err)
	}
	root, err := m.RootKey()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := image.Verify(root, lay(t, r, signed), 3, now); err != nil {
		t.Errorf("image: %v", err)
	}
	l, err := licence.Open(signed.Licence, root, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Covers(Digest(r.Kernel), "demo", now); err != nil {
		t.Errorf("kernel: %v", err)
	}
	if err := l.Measured(sha256.Sum256([]byte("terminal program"))); err != nil {
		t.Errorf("app world: %v", err)
	}
	if l.Measured(sha256.Sum256([]byte("another program"))) == nil {
		t.Error("the licence covers another app world too")
	}
}

func TestAReleaseOfAnotherManufacturerIsRefused(t *testing.T) {
	r := release()
	signed, err := manufacturer(t).Sign(r)
	if err != nil {
		t.Fatal(err)
	}
	root, err := manufacturer(t).RootKey()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := image.Verify(root, lay(t, r, signed), 0, now); err == nil {
		t.Error("image accepted")
	}
	if _, err := licence.Open(signed.Licence, root, now); err == nil {
		t.Error("licence accepted")
	}
}

func TestAKeyThatIsNotEd25519IsRefused(t *testing.T) {
	m := manufacturer(t)
	m.Image = otherKey{m.Image.(ed25519.PrivateKey)}
	if _, err := m.Sign(release()); err == nil {
		t.Error("accepted")
	}
}
