//go:build linux

// Package storage attacks the storage of the real secure world, as root on its
// disk would, and reads in boot's log what was found.
package storage

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/estate/estatetest"
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

// world is a secure world on disk.
type world struct {
	t   *testing.T
	cfg secureside.Config
}

func newWorld(t *testing.T) *world {
	t.Helper()
	programs := estatetest.Programs(t)
	if programs == "" {
		return nil
	}
	// Not t.TempDir: the kernel's user must be able to pass.
	dir, err := os.MkdirTemp("", "storage")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if _, err := ceremony.Hold(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	return &world{t, secureside.Config{Bin: programs, Dir: dir, Host: "127.0.0.1:1", AppWorld: []string{"/proc/self/exe"}}}
}

func (w *world) storage(name string) string {
	return filepath.Join(w.cfg.Dir, ceremony.Worlds, "secureworld", "storage", name)
}

func (w *world) log() string {
	b, _ := os.ReadFile(filepath.Join(w.cfg.Dir, "secureworld.log"))
	return string(b)
}

// starts brings the secure world up and down again.
func (w *world) starts(when string) {
	w.t.Helper()
	w.serves(when, func(*secureside.SecureWorld) {})
}

// serves does something meanwhile.
func (w *world) serves(when string, f func(*secureside.SecureWorld)) {
	w.t.Helper()
	s, err := secureside.Start(w.t.Context(), w.cfg)
	if err != nil {
		w.t.Fatalf("%s: %v\n%s", when, err, w.log())
	}
	if _, err := os.Stat(filepath.Join(w.cfg.Dir, "counter.storage.fault")); err == nil {
		w.t.Errorf("%s: a fault is told that is none", when)
	}
	f(s)
	s.Stop()
}

// refuses starts it and waits until boot's log tells the reason.
func (w *world) refuses(when, reason string) {
	w.t.Helper()
	already := strings.Count(w.log(), reason)
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		s, err := secureside.Start(ctx, w.cfg)
		if err == nil {
			s.Stop()
		}
		ended <- err
	}()
	for strings.Count(w.log(), reason) == already {
		select {
		case err := <-ended: // of a boot that ended by itself
			if strings.Count(w.log(), reason) == already {
				w.t.Errorf("%s: %v, without the reason %q", when, err, reason)
				return
			}
			ended <- err
		case <-time.After(20 * time.Millisecond):
		}
	}
	cancel()
	if err := <-ended; err == nil {
		w.t.Errorf("%s: it became ready all the same", when)
	}
	kept, _ := os.ReadFile(filepath.Join(w.cfg.Dir, "counter.storage.fault"))
	if !strings.Contains(string(kept), reason) && !strings.Contains(reason, "paper") {
		w.t.Errorf("%s: the operator is told %q", when, kept)
	}
}

// kept is the storage, to be put back.
func (w *world) kept() (putBack func()) {
	w.t.Helper()
	copied := filepath.Join(w.t.TempDir(), "copy")
	if err := os.CopyFS(copied, os.DirFS(w.storage(""))); err != nil {
		w.t.Fatal(err)
	}
	return func() {
		if err := errors.Join(os.RemoveAll(w.storage("")), os.CopyFS(w.storage(""), os.DirFS(copied))); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) change(name string, f func([]byte) []byte) {
	w.t.Helper()
	b, err := os.ReadFile(w.storage(name))
	if err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(w.storage(name), f(b), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func flipped(b []byte) []byte { b[len(b)/2] ^= 1; return b }

// objects are the files of the keystore's objects: the first are keys.
func (w *world) objects() []string {
	w.t.Helper()
	names, err := filepath.Glob(w.storage("spaces/00000000-*"))
	if err != nil || len(names) < 8 {
		w.t.Fatalf("%q, %v", names, err)
	}
	for i := range names {
		names[i] = filepath.Join("spaces", filepath.Base(names[i]))
	}
	return names
}

// newest is the root record in force: the anchor has its number.
func (w *world) newest() string {
	return "spaces/root." + strconv.FormatUint(w.anchor()&1, 10)
}

func (w *world) anchor() uint64 {
	w.t.Helper()
	b, err := os.ReadFile(filepath.Join(w.cfg.Dir, "counter.storage"))
	if err != nil {
		w.t.Fatal(err)
	}
	_, digits, _ := strings.Cut(strings.TrimSpace(string(b)), "\n")
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func TestWhatIsDoneToTheStorageIsRefusedByItsName(t *testing.T) {
	w := newWorld(t)
	if w == nil {
		return
	}
	w.starts("the first start")
	putBack := w.kept()
	for name, c := range map[string]struct {
		attack func()
		reason string
	}{
		"deleted":            {func() { _ = os.RemoveAll(w.storage("spaces")) }, "the storage was deleted"},
		"taken back":         {func() { _ = os.Remove(w.storage(w.newest())) }, "the whole storage is an older copy"},
		"another kernel":     {func() { w.change("firmware.root", flipped) }, "the storage belongs to another kernel"},
		"device record":      {func() { w.change("device", flipped) }, "a record of the storage is damaged"},
		"device record gone": {func() { _ = os.Remove(w.storage("device")) }, "a record of the storage is missing"},
		"a key worn out":     {func() { w.change(w.objects()[0], flipped) }, "a record of the storage is damaged"},
		"a key cut off":      {func() { w.change(w.objects()[0], func(b []byte) []byte { return b[:len(b)-1] }) }, "a record of the storage is cut off"},
		"a key deleted":      {func() { _ = os.Remove(w.storage(w.objects()[0])) }, "a record of the storage is missing"},
		"keys swapped": {func() {
			b, _ := os.ReadFile(w.storage(w.objects()[1]))
			w.change(w.objects()[0], func([]byte) []byte { return b })
		}, "a record of the storage lies in another's place"},
	} {
		c.attack()
		w.refuses(name, c.reason)
		putBack()
	}
	w.starts("put right")
}

// A storage that was deleted begins anew by a signed paper for this device and
// this moment, and by no other; then it is empty, anchored, and takes keys again.
func TestADeletedStorageBeginsAnewByASignedPaperAlone(t *testing.T) {
	w := newWorld(t)
	if w == nil {
		return
	}
	delivered := filepath.Join(t.TempDir(), "incoming")
	if err := os.CopyFS(delivered, os.DirFS(w.storage("incoming"))); err != nil {
		t.Fatal(err)
	}
	w.starts("the first start")
	before := w.anchor()
	if err := os.RemoveAll(w.storage("")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(w.storage("incoming"), os.DirFS(delivered)); err != nil {
		t.Fatal(err)
	}
	w.refuses("with the keys delivered again, and no paper", "the storage was deleted")
	w.authorise(before - 1)
	w.refuses("with a paper for another moment", "the paper is for another device or another moment")
	w.authorise(before)
	w.starts("with the paper")
	if w.anchor() <= before {
		t.Errorf("anchor %d after %d", w.anchor(), before)
	}
	w.starts("with the same paper again")
	if _, err := os.Stat(w.storage("incoming/supplier.key")); err == nil {
		t.Error("the keys were not taken over")
	}
}

func (w *world) authorise(anchor uint64) {
	w.t.Helper()
	m, err := ceremony.Manufacturer(w.cfg.Dir)
	if err != nil {
		w.t.Fatal(err)
	}
	device := regexp.MustCompile(`"device":"([0-9a-f]{64})"`).FindStringSubmatch(w.log())
	if device == nil {
		w.t.Fatal("boot does not tell which device this is")
	}
	paper, err := m.StorageReset(storagereset.Paper{Device: device[1], Anchor: anchor},
		signing.Validity{From: time.Now().Add(-time.Hour), Until: time.Now().Add(time.Hour)})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.cfg.Dir, "counter.storage.reset"), paper, 0o600); err != nil {
		w.t.Fatal(err)
	}
}
