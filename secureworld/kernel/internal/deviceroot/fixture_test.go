package deviceroot

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/internal/fingerprint"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// rooms stands for secret memory.
type rooms struct {
	mu             sync.Mutex
	taken          map[*byte]int
	asked, refuses int
}

var errNoRoom = errors.New("no room")

func newRooms() *rooms { return &rooms{taken: map[*byte]int{}} }

func (r *rooms) Room(n int) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asked++; r.asked == r.refuses {
		return nil, errNoRoom
	}
	b := make([]byte, n)
	r.taken[&b[0]] = n
	return b, nil
}

func (r *rooms) Release(b []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(b) == 0 || r.taken[&b[0]] != len(b) {
		return errors.New("no room of this memory")
	}
	clear(b)
	delete(r.taken, &b[0])
	return nil
}

// parts of a device that tells all of them.
func parts(changed ...fingerprint.Part) (p fingerprint.Parts) {
	for i := range p {
		p[i][0] = byte(i + 1)
	}
	for _, c := range changed {
		p[c][1] = 0xff
	}
	return p
}

// without leaves only the first parts.
func without(p fingerprint.Parts, gone ...fingerprint.Part) fingerprint.Parts {
	for _, g := range gone {
		p[g] = [32]byte{}
	}
	return p
}

func storage(t testing.TB) Config {
	t.Helper()
	cfg := Config{Memory: newRooms(), Dir: t.TempDir(), Terminal: "TERM0001", Customer: "demo", Parts: parts(), Fresh: true}
	deliver(t, cfg.Dir)
	return cfg
}

func deliver(t testing.TB, dir string) {
	t.Helper()
	key := make([]byte, keySize)
	_, _ = rand.Read(key)
	if err := os.MkdirAll(filepath.Join(dir, provisioning.Incoming), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, provisioning.Incoming, FirmwareFile), key)
}

func write(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// made is a storage after its first start, and a key of it.
func made(t testing.TB) (Config, string) {
	t.Helper()
	cfg := storage(t)
	r, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Renew(); err != nil {
		t.Fatal(err)
	}
	cfg.Fresh = false
	return cfg, derived(t, r)
}

func derived(t testing.TB, r *Root) string {
	t.Helper()
	b := make([]byte, keySize)
	if err := r.Derive(b, "test"); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// copied is the storage somewhere else.
func copied(t testing.TB, cfg Config) Config {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(cfg.Dir)); err != nil {
		t.Fatal(err)
	}
	cfg.Dir, cfg.Memory = to, newRooms()
	return cfg
}
