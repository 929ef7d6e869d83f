//go:build linux

package tamper

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// TestAfterTamperingAtLevelVMTheDiskHoldsNoSecretAndPeopleGetTheReversals looks at the
// whole disk of the machine, block by block, since nobody outside mounts it.
func TestAfterTamperingAtLevelVMTheDiskHoldsNoSecretAndPeopleGetTheReversals(t *testing.T) {
	w := newWorldAt(t, estate.IsolationVM)
	if w == nil {
		return
	}
	if held := w.onDisk(); !held[provisioning.FileFirmwareRoot] {
		t.Fatal("the control: the firmware root key is not on the disk before")
	}
	if _, err := estate.FromDisk(w.disk(), provisioning.FileReversals); !os.IsNotExist(err) {
		t.Fatalf("reversals before: %v", err)
	}
	w.tamper()
	exported, err := estate.FromDisk(w.disk(), provisioning.FileReversals)
	w.must(err)
	var list estate.Reversals
	if err := json.Unmarshal(exported, &list); err != nil || list.Unread || list.JournalLength == 0 || list.Reversals == nil {
		t.Errorf("what people are given: %s, %v", exported, err)
	}
	for name := range w.onDisk() {
		t.Errorf("%s is on the disk", name)
	}
	w.stop()
	w.start()
	if s := w.state(); s != payment.TerminalStateTampered {
		t.Errorf("after a restart: %v", s)
	}
	w.refusesEverything()
	for name := range w.onDisk() {
		t.Errorf("%s is on the disk after a restart", name)
	}
}

func (w *world) disk() string {
	return filepath.Join(w.cfg.Dir, ceremony.Worlds, "secureworld", "disk.img")
}

// onDisk tells which of the delivered secrets are anywhere on the machine's disk.
func (w *world) onDisk() map[string]bool {
	w.t.Helper()
	all, err := os.ReadFile(w.disk())
	w.must(err)
	held := map[string]bool{}
	for name, secret := range w.secrets() {
		if bytes.Contains(all, secret[:8]) {
			held[name] = true
		}
	}
	return held
}
