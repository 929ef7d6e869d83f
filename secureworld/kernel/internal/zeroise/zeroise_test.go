package zeroise

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/deviceroot"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/trustedstorage"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

func storage(t *testing.T) (dir string, secrets []string) {
	t.Helper()
	dir = t.TempDir()
	secrets = []string{deviceroot.FirmwareFile, deviceroot.RecordFile, filepath.Join(provisioning.Incoming, provisioning.FileSupplierKey),
		filepath.Join(trustedstorage.Keystore, "host.state.0"), filepath.Join(trustedstorage.Spaces, "root.0"), filepath.Join(trustedstorage.Spaces, "00000000-00000001")}
	for _, name := range append([]string{trustedstorage.Journal, "reversals.json"}, secrets...) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir, secrets
}

func content() []byte { return bytes.Repeat([]byte("a secret of the terminal"), 20) }

func TestNothingOfTheKeysIsLeftAndTheOldBytesAreWrittenOver(t *testing.T) {
	dir, secrets := storage(t)
	held := t.TempDir() // a second name shows what became of the bytes
	for _, name := range secrets {
		if err := os.Link(filepath.Join(dir, name), filepath.Join(held, filepath.Base(name))); err != nil {
			t.Fatal(err)
		}
	}
	if !Needed(dir) {
		t.Error("a whole storage needs no erasing")
	}
	for range 2 { // it may be begun anew
		if err := Storage(dir); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range secrets {
		if _, err := os.Lstat(filepath.Join(dir, name)); !os.IsNotExist(err) {
			t.Errorf("%s is there: %v", name, err)
		}
		b, err := os.ReadFile(filepath.Join(held, filepath.Base(name)))
		if err != nil || len(b) != len(content()) || bytes.Contains(b, []byte("secret")) {
			t.Errorf("%s was not written over (%v)", name, err)
		}
	}
	if Needed(dir) {
		t.Error("an erased storage needs erasing")
	}
}

func TestTheJournalAndWhatWasExportedStay(t *testing.T) {
	dir, _ := storage(t)
	if err := Storage(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{JournalAside, "reversals.json"} {
		if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(b, content()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatCannotBeErasedDoesNotHoldUpTheRest(t *testing.T) {
	dir, secrets := storage(t)
	if err := os.Remove(filepath.Join(dir, secrets[0])); err != nil {
		t.Fatal(err)
	}
	// A folder that holds something cannot be deleted as a file; it is passed over.
	if err := os.MkdirAll(filepath.Join(dir, secrets[0], "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Storage(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(filepath.Join(dir, secrets[1])); !os.IsNotExist(err) {
		t.Error("what follows is there")
	}
}
