//go:build linux

package attestation

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/estate/estatetest"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
	"github.com/strongroom-pos/strongroom/tests/internal/secureside"
)

func TestMain(m *testing.M) {
	if socket := os.Getenv("ATTESTATION_APP"); socket != "" {
		os.Exit(runApp(socket))
	}
	code := m.Run()
	estatetest.Remove()
	os.Exit(code)
}

// world is a secure world alone: it needs no host to say what it is.
type world struct {
	*testing.T
	cfg     secureside.Config
	running *secureside.SecureWorld
	record  ceremony.Record
}

// prepare holds a ceremony, or returns nil where this machine cannot run its world.
func prepare(t *testing.T) *world {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Log("LEFT OUT: only root can give the kernel a user of its own")
		return nil
	}
	programs := estatetest.Programs(t)
	if programs == "" {
		return nil
	}
	dir, err := os.MkdirTemp("", "strongroom-attestation-") // not t.TempDir: others must be able to pass through it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	w := &world{T: t, cfg: secureside.Config{Bin: programs, Dir: dir, Host: "127.0.0.1:1", AppWorld: []string{"/proc/self/exe"}, Remeasure: 1}}
	w.record, err = ceremony.Hold(dir, time.Now())
	w.must(err)
	return w
}

func start(t *testing.T) *world {
	t.Helper()
	w := prepare(t)
	if w == nil {
		return nil
	}
	var err error
	w.running, err = secureside.Start(t.Context(), w.cfg)
	w.must(err)
	t.Cleanup(w.running.Stop)
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) connect() *mailbox.Client {
	w.Helper()
	conn, err := net.Dial("unix", w.running.Mailbox)
	w.must(err)
	w.Cleanup(func() { _ = conn.Close() })
	return mailbox.NewClient(conn)
}

// authority is who certifies this device's attestation key.
func (w *world) authority() *x509.CertPool {
	w.Helper()
	b, err := os.ReadFile(filepath.Join(w.cfg.Dir, ceremony.Worlds, "secureworld", "kernel.json"))
	w.must(err)
	var k provisioning.Kernel
	w.must(json.Unmarshal(b, &k))
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(k.DeviceCA)) {
		w.Fatal("no device authority")
	}
	return pool
}

func (w *world) digest(path string) [32]byte {
	w.Helper()
	b, err := os.ReadFile(path)
	w.must(err)
	return sha256.Sum256(b)
}
