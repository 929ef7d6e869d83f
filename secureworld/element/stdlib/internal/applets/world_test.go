package applets

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/applet"
)

// built compiles an applet as make build does.
func built(path string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "applet")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // temporary
	out := filepath.Join(dir, "applet.wasm")
	build := exec.Command("go", "build", "-trimpath", "-buildmode=c-shared", "-ldflags=-s -w", "-o", out, path) //nolint:gosec,noctx // own programs
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFIPS140=off")
	if told, err := build.CombinedOutput(); err != nil {
		return nil, errors.New(string(told))
	}
	return os.ReadFile(out)
}

// reference is the example, compiled once.
var reference = sync.OnceValues(func() ([]byte, error) { return built("../../../applets/reference") }) //nolint:gochecknoglobals // takes seconds

// now is when certificates of these tests are valid.
func now() time.Time { return time.Unix(1_800_000_000, 0) }

// world is an element's platform, with the authority and a developer.
type world struct {
	*testing.T
	*Platform
	authority ed25519.PrivateKey
	developer ed25519.PrivateKey
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, authority: newKey(t), developer: newKey(t)}
	w.Platform = w.platform(bytes.Repeat([]byte{7}, keySize))
	return w
}

func (w *world) platform(root []byte) *Platform {
	w.Helper()
	authority, ok := w.authority.Public().(ed25519.PublicKey)
	if !ok {
		w.Fatal("no Ed25519 key")
	}
	p, err := New(authority, root)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(p.Close)
	return p
}

func newKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// certify gives a developer of this name a certificate for some applets.
func (w *world) certify(developer string, names ...string) []byte {
	w.Helper()
	public, _ := w.developer.Public().(ed25519.PublicKey)
	c, err := applet.Certify(w.authority, developer, public, now().Add(-time.Hour), now().Add(time.Hour), names...)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// pack signs a module under a manifest, of which what is zero is filled in.
func (w *world) pack(m applet.Manifest, module []byte) []byte {
	w.Helper()
	if m.Name == "" {
		m.Name = "probe"
	}
	if m.Developer == "" {
		m.Developer = "acme"
	}
	if m.Pages == 0 {
		m.Pages = 128
	}
	m.Version = max(m.Version, 1)
	if m.Fuel == 0 {
		m.Fuel = applet.MaxFuel
	}
	pkg, err := applet.Sign(m, module, w.developer, w.certify(m.Developer, m.Name))
	if err != nil {
		w.Fatal(err)
	}
	return pkg
}

// bring sends all pieces.
func bring(t *testing.T, p *Platform, pkg []byte) element.PackageID {
	t.Helper()
	id := applet.ID(pkg)
	for at := 0; at < len(pkg); at += element.AppletPiece {
		r := element.LoadApplet{
			Package: id, Size: uint32(len(pkg)), Piece: uint16(at / element.AppletPiece),
			Data: pkg[at:min(at+element.AppletPiece, len(pkg))],
		}
		if _, err := p.LoadApplet(r); err != nil {
			t.Fatal(err)
		}
	}
	return id
}

func admit(p *Platform, id element.PackageID) error {
	_, err := p.AdmitApplet(element.AdmitApplet{Package: id, Time: uint64(now().Unix())})
	return err
}

// load brings and admits.
func (w *world) load(pkg []byte) element.PackageID {
	w.Helper()
	id := bring(w.T, w.Platform, pkg)
	if err := admit(w.Platform, id); err != nil {
		w.Fatal(err)
	}
	return id
}

// code is what an error tells, 0 for none.
func code(err error) element.Code {
	var c element.Code
	if err != nil && !errors.As(err, &c) {
		return element.CodeInternal
	}
	return c
}
