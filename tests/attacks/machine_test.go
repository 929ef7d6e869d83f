//go:build linux

package attacks

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/estate"
)

// TestAMachineThatTheManifestDoesNotNameIsNotStarted changes the guest program of a
// virtual machine, and boot's configuration with it, as root would: the manufacturer's
// signature names another.
func TestAMachineThatTheManifestDoesNotNameIsNotStarted(t *testing.T) {
	d := newDevice(t)
	if d == nil {
		return
	}
	d.Isolation = estate.IsolationVM
	guest, err := os.ReadFile(filepath.Join(ready(t), "guest"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(d.Bin, "guest")
	if err := os.WriteFile(path, guest, 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	d.refuses("virtual machine starts from what the manifest does not name", func() error {
		if err := d.append(path); err != nil {
			return err
		}
		return d.reconfigureMachine(path)
	})
}

// reconfigureMachine writes boot's configuration for the guest program as it is now.
func (d *device) reconfigureMachine(guest string) error {
	path := filepath.Join(d.Dir, "secureworld.json")
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	var before estate.Machine
	if err := json.Unmarshal(all["vm"], &before); err != nil {
		return err
	}
	now, err := estate.NewMachine(guest, before.Disk)
	if err != nil {
		return err
	}
	if all["vm"], err = json.Marshal(now); err != nil {
		return err
	}
	if b, err = json.Marshal(all); err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o600)
}
