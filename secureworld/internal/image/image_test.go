package image

import (
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
)

var now = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)

// signer is a key with its certificate.
type signer struct {
	key  ed25519.PrivateKey
	id   string
	cert []byte
}

type factory struct {
	t                testing.TB
	dir              string
	root             ed25519.PublicKey
	rootKey          ed25519.PrivateKey
	image, developer signer
	kernel, module   []byte
	version, minimum uint64
}

func newFactory(t testing.TB) *factory {
	f := &factory{t: t, dir: t.TempDir(), kernel: []byte("kernel program"), module: []byte("application"), version: 5, minimum: 5}
	f.root, f.rootKey, _ = ed25519.GenerateKey(nil)
	f.image = f.newSigner(certificate.RoleImage)
	f.developer = f.newSigner(certificate.RoleDeveloper, "payment")
	return f
}

func (f *factory) newSigner(role certificate.Role, names ...string) signer {
	public, key, _ := ed25519.GenerateKey(nil)
	cert, err := certificate.Certify(certificate.Certificate{Role: role, Name: "test", PublicKey: public, Names: names, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}, f.rootKey)
	if err != nil {
		f.t.Fatal(err)
	}
	return signer{key, certificate.KeyID(public), cert}
}

func (f *factory) write(name string, content []byte) string {
	path := filepath.Join(f.dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		f.t.Fatal(err)
	}
	return path
}

func (f *factory) build() Files {
	statement, err := SignApplication(Statement{Name: "payment", Version: 2, SHA256: Digest(f.module)}, f.developer.key, f.developer.cert)
	if err != nil {
		f.t.Fatal(err)
	}
	manifest, err := Sign(Manifest{Customer: "demo", Version: f.version, MinimumVersion: f.minimum, KernelSHA256: Digest(f.kernel), Applications: []ApplicationEntry{
		{Name: "payment", SHA256: Digest(f.module), DeveloperKeyID: f.developer.id, MinimumVersion: 2},
	}}, f.image.key, f.image.cert)
	if err != nil {
		f.t.Fatal(err)
	}
	return Files{
		Kernel: f.write("kernel", f.kernel), Manifest: f.write("kernel.manifest", manifest),
		Applications: []ApplicationFiles{{Module: f.write("payment.wasm", f.module), Statement: f.write("payment.statement", statement)}},
	}
}

func TestVerifiedImageIsReturnedAsItsBytes(t *testing.T) {
	f := newFactory(t)
	v, err := Verify(f.root, f.build(), 5, now)
	if err != nil {
		t.Fatal(err)
	}
	f.write("kernel", []byte("swapped afterwards"))
	if string(v.Kernel) != "kernel program" || string(v.Applications[0].Wasm) != "application" || v.Applications[0].Name != "payment" {
		t.Fatalf("%+v", v)
	}
}

func TestImageThatIsNotWhatWasSignedIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*factory, *Files){
		"changed kernel":      func(f *factory, _ *Files) { f.write("kernel", []byte("kernel progrem")) },
		"changed application": func(f *factory, _ *Files) { f.write("payment.wasm", []byte("applicatiom")) },
		"missing application": func(f *factory, files *Files) { files.Applications = nil },
		"repeated application": func(f *factory, files *Files) {
			files.Applications = append(files.Applications, files.Applications[0])
		},
		"manifest by a developer": func(f *factory, files *Files) { f.image = f.developer; *files = f.build() },
		"developer not certified for the name": func(f *factory, files *Files) {
			f.developer = f.newSigner(certificate.RoleDeveloper, "loyalty")
			*files = f.build()
		},
		"another developer than in the manifest": func(f *factory, files *Files) {
			other := f.newSigner(certificate.RoleDeveloper, "payment")
			s, _ := SignApplication(Statement{Name: "payment", Version: 2, SHA256: Digest(f.module)}, other.key, other.cert)
			f.write("payment.statement", s)
		},
		"older application": func(f *factory, files *Files) {
			s, _ := SignApplication(Statement{Name: "payment", Version: 1, SHA256: Digest(f.module)}, f.developer.key, f.developer.cert)
			f.write("payment.statement", s)
		},
		"missing kernel": func(f *factory, files *Files) { files.Kernel += "x" },
	} {
		f := newFactory(t)
		files := f.build()
		spoil(f, &files)
		if _, err := Verify(f.root, files, 0, now); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestAKernelRunsInTheMachinesThatItsManifestNames(t *testing.T) {
	one := [32]byte{1}
	for name, c := range map[string]struct {
		systems []string
		want    error
	}{
		"any":         {nil, nil},
		"this one":    {[]string{Digest(nil), "01" + strings.Repeat("00", 31)}, nil},
		"another one": {[]string{Digest(nil)}, ErrSystem},
	} {
		if err := (Manifest{Systems: c.systems}).RunsIn(one); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	m := Manifest{Customer: "demo", Version: 1, KernelSHA256: Digest(nil), Systems: []string{"short"}}
	if m.check() == nil {
		t.Error("a digest that is none is accepted")
	}
	m.Systems = make([]string, maxSystems+1)
	for i := range m.Systems {
		m.Systems[i] = Digest(nil)
	}
	if m.check() == nil {
		t.Error("too many are accepted")
	}
}

func TestOlderVersionIsRefusedOnceANewerRan(t *testing.T) {
	f := newFactory(t)
	counter := Counter{Path: filepath.Join(f.dir, "counter")}
	f.version, f.minimum = 6, 6
	v, err := Verify(f.root, f.build(), 0, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := counter.Raise(v.Manifest.MinimumVersion); err != nil {
		t.Fatal(err)
	}
	f.version, f.minimum = 5, 5
	oldest, _ := counter.Read()
	if _, err := Verify(f.root, f.build(), oldest, now); !errors.Is(err, ErrOlder) {
		t.Fatalf("version 5 after 6: %v", err)
	}
	if err := counter.Raise(3); err != nil {
		t.Fatal(err)
	}
	if now, _ := counter.Read(); now != 6 {
		t.Fatalf("counter went down to %d", now)
	}
}

func TestDamagedCounterIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "counter")
	for _, content := range []string{"", "6\n", counterHeader, counterHeader + "06\n", counterHeader + "6", counterHeader + "-1\n", counterHeader + "6\n\n"} {
		os.WriteFile(path, []byte(content), 0o600)
		if _, err := (Counter{Path: path}).Read(); err == nil {
			t.Errorf("%q was read", content)
		}
		if err := (Counter{Path: path}).Raise(9); err == nil {
			t.Errorf("%q was overwritten", content)
		}
	}
}
