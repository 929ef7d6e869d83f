//go:build linux

package e2e

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	shop "github.com/strongroom-pos/strongroom/internal/estate/till"
)

// Whoever takes the whole disk back, or runs a copy of it, has the counters of the
// storage with it: nothing on the machine tells. The acquirer does, when a copy signs
// on: it has seen later numbers.
func TestAnOlderCopyOfTheWholeDiskIsRefusedAtTheSignOnAndSoIsTheSecondOfTwoClones(t *testing.T) {
	l := ownLane(t)
	if l == nil {
		return
	}
	older := l.swapDisk(t, "")
	l.begins(t)
	if _, err := l.sell(t.Context(), 12_34); errors.Join(err, l.tray.Pull()) != nil {
		t.Fatal(err)
	}
	newest := l.swapDisk(t, older)
	l.isRefused(t, "an older copy, after a sale")
	l.swapDisk(t, newest) // the twin: the newest disk sells
	l.begins(t)

	// A copy that is as new as the original is nobody's second yet: it goes on in the
	// original's place, and the original is then the older one.
	original := l.swapDisk(t, "")
	l.begins(t)
	if _, err := l.sell(t.Context(), 12_35); errors.Join(err, l.tray.Pull()) != nil {
		t.Fatal(err)
	}
	l.swapDisk(t, original)
	l.isRefused(t, "the second of two clones")
}

// isRefused starts the secure world, and expects it to sell nothing.
func (l *lane) isRefused(t *testing.T, when string) {
	t.Helper()
	if err := l.estate.Restart(t.Context(), estate.Boot); err != nil {
		t.Fatal(err)
	}
	l.stands(t, when, "needs_attention")
	_, err := l.estate.Till.Start(t.Context(), newKey(), shop.Request{Amount: 1234, Currency: "EUR"})
	var refused *shop.Problem
	if !errors.As(err, &refused) || refused.Code != "tampered" {
		t.Errorf("%s: a sale is answered by %v", when, err)
	}
}

// swapDisk ends the secure world, keeps a copy of its disk — storage, counters, all —
// and puts another one in its place, if one is named.
func (l *lane) swapDisk(t *testing.T, with string) (copied string) {
	t.Helper()
	if err := l.estate.Kill(estate.Boot); err != nil {
		t.Fatal(err)
	}
	disk := filepath.Join(l.estate.Run, "secureworld")
	copied = filepath.Join(t.TempDir(), "disk")
	outside(t, "cp", "-a", disk, copied)
	if with != "" {
		for _, name := range []string{"storage", "counter", "counter.storage"} {
			if err := os.RemoveAll(filepath.Join(disk, name)); err != nil {
				t.Fatal(err)
			}
			outside(t, "cp", "-a", filepath.Join(with, name), filepath.Join(disk, name))
		}
	}
	return copied
}

func outside(t *testing.T, name string, args ...string) {
	t.Helper()
	if said, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, said)
	}
}

// begins starts the secure world and waits until it sells.
func (l *lane) begins(t *testing.T) {
	t.Helper()
	if err := l.estate.Restart(t.Context(), estate.Boot); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), l.patience)
	defer cancel()
	if err := l.estate.AwaitReady(ctx); err != nil {
		t.Fatal(err)
	}
}

func (l *lane) stands(t *testing.T, when, want string) {
	t.Helper()
	state := ""
	for deadline := time.Now().Add(l.patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if s, err := l.estate.Till.Terminal(t.Context()); err == nil {
			if state = s.State; state == want {
				return
			}
		}
	}
	t.Fatalf("%s: the terminal is %s", when, state)
}
