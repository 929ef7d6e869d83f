package keystore

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/internal/fingerprint"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/deviceroot"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/storage"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/trustedstorage"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// estate is what one terminal is provisioned with: its keys in clear, its
// configuration, and its storage before the first start.
type estate struct {
	dir      string
	cfg      provisioning.Kernel
	supplier []byte
	keys     map[string][]byte // by name, 32 bytes each
	files    map[string][]byte // of the folder incoming
	readerID [8]byte
	hostID   [8]byte
}

func newEstate(t testing.TB) *estate {
	t.Helper()
	e := &estate{dir: t.TempDir(), supplier: random(32), keys: map[string][]byte{},
		readerID: [8]byte(random(8)), hostID: [8]byte(random(8))}
	e.cfg = provisioning.Kernel{TerminalID: "TERM0001", ReaderDevice: hex.EncodeToString(e.readerID[:]),
		HostKeyID: hex.EncodeToString(e.hostID[:])}
	for name := range expected() {
		e.keys[name] = random(32)
		e.cfg.Keys = append(e.cfg.Keys, provisioning.Key{Name: name, Block: e.block(t, name, nil)})
	}
	e.files = map[string][]byte{provisioning.FileSupplierKey: e.supplier, provisioning.FileFirmwareRoot: random(32),
		provisioning.FileDoorsKey: tlsKey(t), provisioning.FileHostKey: tlsKey(t),
		provisioning.FileAttestKey: tlsKey(t), provisioning.FileLicenceKey: tlsKey(t)}
	e.deliver(t, e.dir)
	return e
}

// deliver writes the folder incoming.
func (e *estate) deliver(t testing.TB, dir string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, provisioning.Incoming), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, b := range e.files {
		write(t, filepath.Join(dir, provisioning.Incoming, name), b)
	}
}

// block wraps a key as the operator does, changed by the test.
func (e *estate) block(t testing.TB, name string, change func(h *keyblock.Header, kbpk, key *[]byte)) string {
	t.Helper()
	want := expected()[name]
	h := keyblock.Header{Version: 'D', Usage: want.Usage, Algorithm: want.Algorithm, Mode: want.Mode,
		KeyVersion: "00", Exportability: 'N'}
	switch name {
	case provisioning.KeyReaderInitial:
		h.Optional = []keyblock.OptionalBlock{{ID: "IK", Data: strings.ToUpper(e.cfg.ReaderDevice)}}
	case provisioning.KeyHostInitial:
		h.Optional = []keyblock.OptionalBlock{{ID: "IK", Data: strings.ToUpper(e.cfg.HostKeyID)}}
	}
	kbpk, key := e.supplier, e.keys[name]
	if change != nil {
		change(&h, &kbpk, &key)
	}
	b, err := keyblock.Policy{TDES: true}.Wrap(kbpk, h, key, rand.Reader)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return string(b)
}

// with replaces a key block.
func (e *estate) with(name, block string) provisioning.Kernel {
	cfg := e.cfg
	cfg.Keys = nil
	for _, k := range e.cfg.Keys {
		if k.Name == name {
			k.Block = block
		}
		cfg.Keys = append(cfg.Keys, k)
	}
	return cfg
}

func (e *estate) open(t testing.TB) *Store {
	t.Helper()
	return opened(t, e.dir, e.cfg)
}

func opened(t testing.TB, dir string, cfg provisioning.Kernel) *Store {
	t.Helper()
	s, err := openAll(newRooms(), dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const firmwareRoot = deviceroot.FirmwareFile

// anchored is the anchor of these tests, which copy storages about: it knows
// nothing, and can fail at the n-th change.
type anchored struct{ raised, fails int }

var errAnchor = errors.New("the power failed")

func (*anchored) Read() (uint64, error) { return 0, nil }

func (a *anchored) Raise(uint64) error {
	if a.raised++; a.raised == a.fails {
		return errAnchor
	}
	return nil
}

// openAll starts the trusted storage and the keystore on it.
func openAll(mem Memory, dir string, cfg provisioning.Kernel) (*Store, error) {
	return openAnchored(mem, dir, cfg, &anchored{})
}

func openAnchored(mem Memory, dir string, cfg provisioning.Kernel, a *anchored) (*Store, error) {
	base, err := openBase(mem, dir, cfg, a)
	if err != nil {
		return nil, err
	}
	space, err := base.Kernel("keystore")
	if err != nil {
		return nil, err
	}
	s, err := Open(mem, dir, Base{Derive: base.Root.Derive, Space: space}, cfg)
	if err != nil {
		return nil, err
	}
	return s, base.Renew()
}

func openBase(mem Memory, dir string, cfg provisioning.Kernel, a *anchored) (*trustedstorage.Storage, error) {
	return trustedstorage.Open(trustedstorage.Config{Memory: mem, Dir: dir, Terminal: cfg.TerminalID, Customer: "demo",
		Parts: fingerprint.Parts{{1}, {2}, {3}, {4}}, Anchor: a})
}

// keys is the keystore's space, opened beside the keystore.
func keys(t testing.TB, dir string, cfg provisioning.Kernel) *storage.Space {
	t.Helper()
	base, err := openBase(newRooms(), dir, cfg, &anchored{})
	if err != nil {
		t.Fatal(err)
	}
	space, err := base.Kernel("keystore")
	if err != nil {
		t.Fatal(err)
	}
	return space
}

// copied is the storage at this moment, as it would be found after a power cut.
func copied(t testing.TB, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
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

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

func tlsKey(t testing.TB) []byte {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func block(t testing.TB, key []byte) cipher.Block {
	t.Helper()
	b, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func gcm(t testing.TB, key []byte) cipher.AEAD {
	t.Helper()
	a, err := cipher.NewGCM(block(t, key))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// rooms stands for secret memory: it knows what is taken, clears what comes
// back, and can refuse the n-th request.
type rooms struct {
	mu      sync.Mutex
	taken   map[*byte][]byte
	asked   int
	refuses int
}

var errNoRoom = errors.New("no room")

func newRooms() *rooms { return &rooms{taken: map[*byte][]byte{}} }

func (r *rooms) Room(n int) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asked++; r.asked == r.refuses {
		return nil, errNoRoom
	}
	b := make([]byte, n)
	r.taken[&b[0]] = b
	return b, nil
}

func (r *rooms) Release(b []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(b) == 0 || r.taken[&b[0]] == nil {
		return errors.New("no room of this memory")
	}
	clear(r.taken[&b[0]])
	delete(r.taken, &b[0])
	return nil
}

// holds reports whether a key lies in the memory.
func (r *rooms) holds(key []byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range r.taken {
		if bytes.Contains(b, key) {
			return true
		}
	}
	return false
}

func (r *rooms) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.taken)
}
