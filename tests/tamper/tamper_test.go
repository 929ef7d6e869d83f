//go:build linux

// Package tamper takes the real secure world for tampered with, and looks at what is
// left of it: in its storage, behind its doors, after restarts, and after it was
// provisioned again.
package tamper

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/estate/estatetest"
	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/keyregistry"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/storagereset"
	"github.com/strongroom-pos/strongroom/tests/internal/secureside"
)

// patience covers a start on a loaded machine.
const patience = 90 * time.Second

func TestMain(m *testing.M) {
	code := m.Run()
	estatetest.Remove()
	os.Exit(code)
}

type world struct {
	t         *testing.T
	cfg       secureside.Config
	side      *secureside.SecureWorld
	delivered string // a copy of what came with the device
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldAt(t, estate.IsolationProcess)
}

func newWorldAt(t *testing.T, isolation string) *world {
	t.Helper()
	programs := estatetest.Programs(t)
	if programs == "" {
		return nil
	}
	dir, err := os.MkdirTemp("", "tamper") // not t.TempDir: the kernel's user must be able to pass
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if _, err := ceremony.Hold(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, cfg: secureside.Config{Bin: programs, Dir: dir, Host: "127.0.0.1:1", AppWorld: []string{"/proc/self/exe"}, Isolation: isolation},
		delivered: filepath.Join(t.TempDir(), "incoming")}
	w.must(os.CopyFS(w.delivered, os.DirFS(w.storage("incoming"))))
	t.Cleanup(w.stop)
	w.start()
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) start() {
	w.t.Helper()
	side, err := secureside.Start(w.t.Context(), w.cfg)
	w.must(err)
	w.side = side
}

func (w *world) stop() {
	if w.side != nil {
		w.side.Stop()
		w.side = nil
	}
}

func (w *world) storage(name string) string {
	return filepath.Join(w.cfg.Dir, ceremony.Worlds, "secureworld", "storage", name)
}

// ask opens a session, asks, and closes it.
func (w *world) ask(f func(*mailbox.Client) error) error {
	conn, err := (&net.Dialer{}).DialContext(w.t.Context(), "unix", w.side.Mailbox)
	if err != nil {
		return err
	}
	c := mailbox.NewClient(conn)
	return errors.Join(f(c), c.Close())
}

func (w *world) state() (s payment.TerminalState) {
	w.t.Helper()
	w.must(w.ask(func(c *mailbox.Client) error {
		d, err := c.Describe()
		s = d.State
		return err
	}))
	return s
}

func (w *world) tamper() {
	w.t.Helper()
	c, err := control.Dial(w.side.Control)
	w.must(err)
	w.must(errors.Join(c.Tamper(), c.Close()))
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		var s payment.TerminalState
		err := w.ask(func(c *mailbox.Client) error {
			d, err := c.Describe()
			s = d.State
			return err
		})
		if err == nil && s == payment.TerminalStateTampered {
			return
		}
	}
	b, _ := os.ReadFile(w.side.Log)
	w.t.Fatalf("the device does not tell that it was tampered with\n%s", b)
}

// secrets are those that were delivered.
func (w *world) secrets() map[string][]byte {
	w.t.Helper()
	out := map[string][]byte{}
	for _, name := range []string{provisioning.FileSupplierKey, provisioning.FileFirmwareRoot} {
		b, err := os.ReadFile(filepath.Join(w.delivered, name))
		w.must(err)
		out[name] = b
	}
	return out
}

func TestAfterTamperingNothingIsLeftAndOnlyProvisioningAnewHelps(t *testing.T) {
	w := newWorld(t)
	if w == nil {
		return
	}
	if s := w.state(); s == payment.TerminalStateTampered {
		t.Fatal("tampered from the beginning")
	}
	firmware := w.secrets()[provisioning.FileFirmwareRoot]
	if b, err := os.ReadFile(w.storage(provisioning.FileFirmwareRoot)); err != nil || !bytes.Equal(b, firmware) {
		t.Fatalf("the control: the storage's root is not there before (%v)", err)
	}
	w.tamper()
	w.isErased()
	w.stop()
	w.start()
	if s := w.state(); s != payment.TerminalStateTampered {
		t.Errorf("after a restart: %v", s)
	}
	w.refusesEverything()
	w.stop()

	// What came with the device does not help by itself: it is erased in turn.
	w.must(os.CopyFS(w.storage("incoming"), os.DirFS(w.delivered)))
	w.start()
	if s := w.state(); s != payment.TerminalStateTampered {
		t.Errorf("with the old keys: %v", s)
	}
	w.isErased()
	w.stop()

	w.must(os.RemoveAll(w.storage("incoming")))
	w.must(os.CopyFS(w.storage("incoming"), os.DirFS(w.delivered)))
	w.authorise()
	w.start()
	if s := w.state(); s == payment.TerminalStateTampered {
		t.Error("provisioned again, and still tampered with")
	}
	w.stop()
	w.start()
	if s := w.state(); s == payment.TerminalStateTampered {
		t.Error("it comes back")
	}
}

// isErased looks for every file that a key could be made of, and for the delivered
// secrets in all that is left.
func (w *world) isErased() {
	w.t.Helper()
	for _, name := range []string{provisioning.FileFirmwareRoot, "device", "spaces/root.0", "spaces/root.1", "keystore/host.state.0", "keystore/host.state.1"} {
		if _, err := os.Lstat(w.storage(name)); !errors.Is(err, os.ErrNotExist) {
			w.t.Errorf("%s is there: %v", name, err)
		}
	}
	w.must(filepath.WalkDir(w.storage(""), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		for name, secret := range w.secrets() {
			if bytes.Contains(b, secret[:8]) {
				w.t.Errorf("%s holds %s", d.Name(), name)
			}
		}
		return err
	}))
	var exported struct {
		Unread    bool              `json:"unread"`
		Length    uint64            `json:"journal_length"`
		Reversals []json.RawMessage `json:"reversals"`
	}
	b, err := os.ReadFile(w.storage(provisioning.FileReversals))
	if err != nil || json.Unmarshal(b, &exported) != nil || exported.Unread || exported.Length == 0 || exported.Reversals == nil {
		w.t.Errorf("what people are given: %s, %v", b, err)
	}
}

func (w *world) refusesEverything() {
	w.t.Helper()
	for name, ask := range map[string]func(*mailbox.Client) error{
		"start":    func(c *mailbox.Client) error { _, err := c.Start(mailbox.Start{ID: payment.ID{1}}); return err },
		"status":   func(c *mailbox.Client) error { _, err := c.Status(payment.ID{1}); return err },
		"generate": func(c *mailbox.Client) error { _, err := c.Generate(mailbox.Generate{}); return err },
		"attest":   func(c *mailbox.Client) error { _, err := c.Attest(payment.Digest{1}); return err },
	} {
		var refused *mailbox.RefusedError
		if err := w.ask(ask); !errors.As(err, &refused) {
			w.t.Errorf("%s: %v", name, err)
		}
	}
}

// authorise is the customer's paper for this device and this moment.
func (w *world) authorise() {
	w.t.Helper()
	m, err := ceremony.Manufacturer(w.cfg.Dir)
	w.must(err)
	log, err := os.ReadFile(filepath.Join(w.cfg.Dir, "secureworld.log"))
	w.must(err)
	device := regexp.MustCompile(`"device":"([0-9a-f]{64})"`).FindSubmatch(log)
	if device == nil {
		w.t.Fatal("boot does not tell which device this is")
	}
	counter, err := os.ReadFile(filepath.Join(w.cfg.Dir, "counter.storage"))
	w.must(err)
	_, digits, _ := strings.Cut(strings.TrimSpace(string(counter)), "\n")
	anchor, err := strconv.ParseUint(digits, 10, 64)
	w.must(err)
	paper, err := m.StorageReset(storagereset.Paper{Device: string(device[1]), Anchor: anchor},
		signing.Validity{From: time.Now().Add(-time.Hour), Until: time.Now().Add(time.Hour)})
	w.must(err)
	w.must(os.WriteFile(filepath.Join(w.cfg.Dir, "counter.storage.reset"), paper, 0o600))
}

// A mark that boot has is enough, whatever the kernel that served came to.
func TestAKernelThatDidNotComeToErasingIsFollowedByOneThatDoes(t *testing.T) {
	w := newWorld(t)
	if w == nil {
		return
	}
	w.stop()
	w.must(os.WriteFile(filepath.Join(w.cfg.Dir, "counter.tamper"), []byte("2\n"), 0o600))
	w.start()
	if s := w.state(); s != payment.TerminalStateTampered {
		t.Errorf("state %v", s)
	}
	w.isErased()
}

func TestTheKeyListThroughTheRealDoorIsWholeAndHoldsNoByteOfADeliveredKey(t *testing.T) {
	w := newWorld(t)
	if w == nil {
		return
	}
	seen, told := map[uint8]bool{}, []byte{}
	w.must(w.ask(func(c *mailbox.Client) error {
		for at := range 256 {
			line, err := c.KeyLine(uint8(at))
			if err != nil || !line.Present {
				return err
			}
			seen[line.Key] = true
			b, err := json.Marshal(line)
			if err != nil {
				return err
			}
			told = append(told, b...)
			told = append(told, line.Check.String()...)
		}
		return nil
	}))
	for _, k := range keyregistry.All() {
		if !seen[k.Number] {
			t.Errorf("%s is not listed", k.Name)
		}
	}
	for name, secret := range w.secrets() {
		for at := 0; at+4 <= len(secret); at++ {
			part := []byte(hex.EncodeToString(secret[at : at+4]))
			if bytes.Contains(told, part) {
				t.Errorf("bytes of %s are listed", name)
			}
			if !bytes.Contains(append(told, part...), part) {
				t.Error("the control is blind")
			}
		}
	}
}
