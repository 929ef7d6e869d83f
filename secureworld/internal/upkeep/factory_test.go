package upkeep

import (
	"crypto/ed25519"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
	"github.com/strongroom-pos/strongroom/secureworld/internal/durable"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
	"github.com/strongroom-pos/strongroom/secureworld/internal/licence"
)

// party is a key with its certificate.
type party struct {
	key  ed25519.PrivateKey
	cert []byte
}

// factory signs images for a device, and is the device's kernel too.
type factory struct {
	t    testing.TB
	root ed25519.PublicKey
	key  ed25519.PrivateKey

	image, developer, seller, customer party

	outcome handover.Outcome
	applied []handover.Message
	ended   int // how often the kernel was to be replaced
}

func newFactory(t testing.TB) *factory {
	f := &factory{t: t}
	f.root, f.key, _ = ed25519.GenerateKey(nil)
	f.image, f.seller, f.customer = f.party(certificate.RoleImage), f.party(certificate.RoleLicence), f.party(certificate.RoleCountersignature)
	f.developer = f.party(certificate.RoleDeveloper, "payment", "loyalty")
	return f
}

func (f *factory) party(role certificate.Role, names ...string) party {
	public, key, _ := ed25519.GenerateKey(nil)
	cert, err := certificate.Certify(certificate.Certificate{
		Role: role, Name: "test", PublicKey: public, Names: names, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}, f.key)
	f.must(err)
	return party{key, cert}
}

func (f *factory) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// Apply, Replace and Starts are Kernel.
func (f *factory) Apply(m handover.Message, _ *os.File) handover.Outcome {
	f.applied = append(f.applied, m)
	return f.outcome
}
func (f *factory) Replace()       { f.ended++ }
func (f *factory) Starts() uint32 { return 1 }

// release is one image; what it has none of it gets.
type release struct {
	version, minimum uint64
	customer         string
	devices          []string
	executable       byte
}

func kernelOf(version uint64) []byte { return fmt.Appendf(nil, "kernel %d", version) }

// build signs a release: files by their names in a slot.
func (f *factory) build(r release) map[string][]byte {
	f.t.Helper()
	if r.customer == "" {
		r.customer = "demo"
	}
	kernel, module := kernelOf(r.version), []byte("payment")
	statement, err := image.SignApplication(image.Statement{Name: "payment", Version: 1, SHA256: image.Digest(module)}, f.developer.key, f.developer.cert)
	f.must(err)
	manifest, err := image.Sign(image.Manifest{
		Customer: r.customer, Devices: r.devices, Version: r.version, MinimumVersion: r.minimum, KernelSHA256: image.Digest(kernel),
		Applications: []image.ApplicationEntry{{
			Name: "payment", SHA256: image.Digest(module), MinimumVersion: 1,
			DeveloperKeyID: certificate.KeyID(f.developer.key.Public().(ed25519.PublicKey)),
		}},
	}, f.image.key, f.image.cert)
	f.must(err)
	return map[string][]byte{
		"kernel": kernel, "kernel.manifest": manifest, "payment.wasm": module, "payment.statement": statement,
		"licence": f.license(r),
	}
}

func (f *factory) license(r release) []byte {
	f.t.Helper()
	l, err := licence.Sign(licence.Licence{
		Serial: "L", Customer: r.customer, Kernels: []string{image.Digest(kernelOf(r.version))}, Executables: []string{image.Digest([]byte{r.executable})},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}, f.seller.key, f.seller.cert)
	f.must(err)
	return l
}

// device is one with a factory image of version 1 below dir.
func (f *factory) device(dir string) Config {
	f.t.Helper()
	in := func(name string) string { return filepath.Join(dir, "factory", name) }
	f.must(os.MkdirAll(in(""), 0o700))
	for name, b := range f.build(release{version: 1, minimum: 1}) {
		f.must(os.WriteFile(in(name), b, 0o600))
	}
	return Config{
		Root: f.root, Device: "DEMO0001", Licence: in("licence"), Counter: filepath.Join(dir, "counter"), Folder: filepath.Join(dir, "updates"),
		Factory: image.Files{Kernel: in("kernel"), Manifest: in("kernel.manifest"),
			Applications: []image.ApplicationFiles{{Module: in("payment.wasm"), Statement: in("payment.statement")}}},
	}
}

// start is boot's part up to a kernel's start.
func (f *factory) start(cfg Config, disk durable.Disk) (*Keeper, error) {
	k, err := Open(cfg, f, disk, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		return nil, err
	}
	return k, k.Choose()
}

func (f *factory) started(cfg Config) *Keeper {
	f.t.Helper()
	k, err := f.start(cfg, durable.OS{})
	f.must(err)
	f.t.Cleanup(k.Close)
	return k
}

// uploads are files as the door brings them.
func (f *factory) uploads(files map[string][]byte) []control.Upload {
	f.t.Helper()
	var out []control.Upload
	for name, b := range files {
		memory, err := os.CreateTemp(f.t.TempDir(), "")
		f.must(err)
		f.t.Cleanup(func() { memory.Close() })
		_, err = memory.Write(b)
		f.must(err)
		out = append(out, control.Upload{File: fileOf(name), Memory: memory})
	}
	return out
}

func fileOf(name string) control.File {
	base, suffix, _ := strings.Cut(name, ".")
	switch suffix {
	case "wasm":
		return control.File{Role: control.RoleModule, Name: base}
	case "statement":
		return control.File{Role: control.RoleStatement, Name: base}
	case "countersignature":
		return control.File{Role: control.RoleCountersignature, Name: base}
	case "manifest":
		return control.File{Role: control.RoleManifest}
	}
	return control.File{Role: map[string]control.Role{"kernel": control.RoleKernel, "licence": control.RoleLicence}[base]}
}
