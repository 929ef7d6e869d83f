//go:build linux

package attacks

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// disk is all that the secure world stores on this machine: the kernel's storage and
// what boot keeps outside it, the anchor among it.
func (v *victim) disk() string { return filepath.Join(v.Run, "secureworld") }

func copyDisk(t *testing.T, from, to string) {
	t.Helper()
	if out, err := exec.Command("cp", "-a", from, to).CombinedOutput(); err != nil { // owners and rights too
		t.Fatalf("%v: %s", err, out)
	}
}

// TestAWholeDiskTakenBackOrClonedIsCaughtAtTheHostsSignOn takes all back that the
// machine has, counters too, as a clone of the disk in the same machine would be. The
// machine cannot know; the host does, when the kernel signs on.
func TestAWholeDiskTakenBackOrClonedIsCaughtAtTheHostsSignOn(t *testing.T) {
	programs := ready(t)
	if programs == "" {
		return
	}
	v, home, err := bringUp(programs)
	t.Cleanup(func() {
		if v != nil {
			_ = v.Stop()
		}
		_ = os.RemoveAll(home)
	})
	if err != nil {
		t.Fatal(err)
	}
	v.sells(t)
	older := filepath.Join(t.TempDir(), "disk")
	v.must(t, v.Kill(estate.Boot))
	copyDisk(t, v.disk(), older)
	// The control: the same stop and start over the disk as it is.
	v.must(t, v.Restart(t.Context(), estate.Boot), v.idle(t.Context()))
	v.sells(t)
	v.must(t, v.Kill(estate.Boot), os.RemoveAll(v.disk()))
	copyDisk(t, older, v.disk())
	v.must(t, v.Restart(t.Context(), estate.Boot))
	v.knowsItself(t)
	if _, err := v.session(t).Start(start()); !refusedAs(err, mailbox.CodeTampered) {
		t.Errorf("a payment: %v", err)
	}
	v.must(t, v.Kill(estate.Kernel))
	v.knowsItself(t) // a restart does not help
}

// knowsItself waits until the kernel has heard of the host that it is an older copy.
func (v *victim) knowsItself(t *testing.T) {
	t.Helper()
	c := v.session(t)
	var d mailbox.Description
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(look) {
		if d = described(t, c); d.State == payment.TerminalStateNeedsAttention {
			return
		}
	}
	t.Errorf("the terminal is %v", d.State)
}
