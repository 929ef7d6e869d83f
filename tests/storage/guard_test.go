//go:build linux

package storage

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/tpm/swtpm"
	"github.com/strongroom-pos/strongroom/tests/internal/secureside"
)

// opens starts it and holds what it says of its storage's root to want.
func (w *world) opens(when, want string) {
	w.t.Helper()
	w.serves(when, func(s *secureside.SecureWorld) {
		w.t.Helper()
		conn, err := net.Dial("unix", s.Mailbox)
		if err != nil {
			w.t.Fatal(err)
		}
		defer conn.Close()
		d, err := mailbox.NewClient(conn).Describe()
		if err != nil || d.StorageRoot.String() != want {
			w.t.Errorf("%s: the root is protected by %v, %v; want %s", when, d.StorageRoot, err, want)
		}
	})
}

func (w *world) tpm(socket string) {
	w.cfg.TPM, w.cfg.StorageRoot, w.cfg.Passphrase = "unix:"+socket, "tpm", ""
}

func (w *world) file() { w.cfg.StorageRoot, w.cfg.Passphrase = "", "" }

func (w *world) passphrase(text string) {
	w.t.Helper()
	w.cfg.StorageRoot, w.cfg.Passphrase = "passphrase", filepath.Join(w.t.TempDir(), "passphrase")
	if err := os.WriteFile(w.cfg.Passphrase, []byte(text+"\n"), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// before tells boot what protects the root until the next start.
func (w *world) before() {
	w.cfg.StorageRootBefore, w.cfg.PassphraseBefore = w.cfg.StorageRoot, w.cfg.Passphrase
}

func (w *world) told(when, want string) {
	w.t.Helper()
	if !strings.Contains(w.log(), `"event":"storage root protected in another way from now on","value":"`+want) {
		w.t.Errorf("%s: it is not told that the root is protected by %s", when, want)
	}
}

// The disk holds all that the storage is made of, and the sealed secret beside it.
func TestADiskThatIsCopiedToAMachineWithAnotherTPMDoesNotOpen(t *testing.T) {
	w := newWorld(t)
	if w == nil {
		return
	}
	own, other := swtpm.Lasting(t, t.TempDir()), swtpm.Lasting(t, t.TempDir())
	w.tpm(own)
	w.opens("the first start", "tpm")
	sealed := filepath.Join(w.cfg.Dir, "counter.sealed")
	kept, err := os.ReadFile(sealed)
	if err != nil {
		t.Fatal(err)
	}
	w.tpm(other)
	w.refuses("with another TPM", "the secret was sealed in another TPM, or this one was cleared since")
	if err := os.Remove(sealed); err != nil {
		t.Fatal(err)
	}
	w.refuses("with another TPM, and a secret of its own", "the sealed secret is not that of this storage")
	w.file()
	w.refuses("with no TPM asked", "the storage is protected in another way than the configuration says")
	if err := os.WriteFile(sealed, kept, 0o600); err != nil {
		t.Fatal(err)
	}
	w.tpm(own)
	w.opens("back on its own machine", "tpm")
	kept[len(kept)-1] ^= 1
	if err := os.WriteFile(sealed, kept, 0o600); err != nil {
		t.Fatal(err)
	}
	w.refuses("with a damaged secret", "the sealed secret is damaged")
}

func TestAWrongPassphraseIsRefusedAndTheRightOneThenOpens(t *testing.T) {
	w := newWorld(t)
	if w == nil {
		return
	}
	w.passphrase("1234567")
	w.refuses("a short one", "the passphrase is too short")
	w.passphrase("correct horse battery")
	w.opens("the first start", "passphrase")
	w.passphrase("correct horse batterz")
	w.refuses("a wrong one", "the passphrase is wrong")
	w.cfg.Passphrase = "/nowhere"
	w.refuses("none", "the passphrase cannot be read")
	w.file()
	w.refuses("none asked for", "the storage is protected in another way than the configuration says")
	w.passphrase("correct horse battery")
	putBack := w.kept()
	w.change("device", flipped)
	w.refuses("the right one for a damaged record", "a record of the storage is damaged")
	putBack()
	w.opens("the right one", "passphrase")
	if strings.Contains(w.log(), "horse") {
		t.Error("boot's log has a passphrase")
	}
}

func TestAnotherProtectionIsPutOnAndTold(t *testing.T) {
	w := newWorld(t)
	if w == nil {
		return
	}
	w.opens("the first start", "file")
	w.tpm(swtpm.Lasting(t, t.TempDir()))
	w.opens("a TPM behind it", "tpm")
	w.told("a TPM behind it", "tpm")
	w.passphrase("correct horse battery")
	w.refuses("a passphrase in the TPM's place, which is not told any more", "the storage is protected in another way than the configuration says")
	w.cfg.StorageRootBefore = "tpm"
	w.opens("with the TPM told", "passphrase")
	w.told("with the TPM told", "passphrase")
	w.before()
	w.passphrase("another passphrase")
	w.opens("another passphrase", "passphrase")
	w.cfg.StorageRootBefore, w.cfg.PassphraseBefore = "", ""
	w.opens("with the old one forgotten", "passphrase")
	w.passphrase("correct horse battery")
	w.refuses("the old one", "the passphrase is wrong")
}
