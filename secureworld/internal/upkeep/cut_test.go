package upkeep

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/internal/durable"
	"github.com/strongroom-pos/strongroom/secureworld/internal/durable/durabletest"
)

// story is told again and again on a disk whose power is cut one step later each
// time.
type story struct {
	*factory
	cfg   Config
	state string // the folder that the disk has
	base  *durabletest.Disk

	before func(*Keeper)        // makes what is there when the power is still sure
	tell   func(*Keeper)        // what is cut
	after  func(*Keeper) string // what is there when the power came back
}

// memory is a folder in memory where there is one: thousands of devices are made
// and thrown away.
func memory(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "upkeep")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// hasty syncs nothing: between two cuts the power is sure, and syncing is slow.
type hasty struct{ durable.OS }

func (hasty) Sync(string) error { return nil }

func newStory(t *testing.T) *story {
	f := newFactory(t)
	dir := memory(t)
	s := &story{factory: f, cfg: f.device(dir), state: filepath.Join(dir, "state"), before: func(*Keeper) {}}
	s.cfg.Counter, s.cfg.Folder = filepath.Join(s.state, "counter"), filepath.Join(s.state, "updates")
	return s
}

// sweep cuts at every step, in every way, and returns how often each end came.
func (s *story) sweep(t *testing.T) map[string]int {
	t.Helper()
	s.begin()
	whole := s.once(-1)
	ends := map[string]int{}
	for cut := range whole.Steps + 1 {
		for name, loss := range durabletest.Losses() {
			if loss != (durabletest.Loss{}) && !slices.Contains(whole.Edges, cut) {
				continue // within a write what was not synced is lost as a whole
			}
			s.once(cut).After(t, loss)
			if ends[s.look(t)]++; t.Failed() {
				t.Fatalf("cut after step %d of %d, %s", cut, whole.Steps, name)
			}
		}
	}
	t.Logf("%d steps; afterwards: %v", whole.Steps, ends)
	return ends
}

// begin makes what is there before.
func (s *story) begin() {
	s.must(os.MkdirAll(s.state, 0o700))
	k, err := s.start(s.cfg, hasty{})
	s.must(err)
	s.before(k)
	k.Close()
	s.base = durabletest.New(s.t, s.state)
}

// once tells the story on a device as it was before, until the power is cut.
func (s *story) once(cut int) *durabletest.Disk {
	s.base.After(s.t, durabletest.Loss{})
	disk := durabletest.New(s.t, s.state)
	disk.CutAfter(cut)
	if k, err := s.start(s.cfg, disk); err == nil {
		s.tell(k)
		k.Close()
	}
	return disk
}

// look starts the device again.
func (s *story) look(t *testing.T) string {
	t.Helper()
	k, err := s.start(s.cfg, hasty{})
	if err != nil {
		t.Errorf("nothing starts: %v", err)
		return ""
	}
	defer k.Close()
	return s.after(k)
}

func TestUpdateCutAtAnyByteLeavesABootableDevice(t *testing.T) {
	s := newStory(t)
	uploads := s.uploads(s.build(release{version: 2, minimum: 2}))
	s.tell = func(k *Keeper) {
		if _, r := k.Commit(control.KindImage, uploads); r != control.Accepted {
			return
		}
		if _, r := k.Activate(control.SlotA); r == control.Accepted {
			s.run(k)
		}
	}
	s.after = func(k *Keeper) string {
		if err := s.run(k); err != nil {
			t.Errorf("what starts does not run: %v", err)
		}
		at, version := k.Standing(), k.Now().Manifest.Version
		if at.Counter != version || at.Active != at.Running || at.Pending != control.NoPlace {
			t.Errorf("version %d: %+v", version, at)
		}
		return string(kernelOf(version))
	}
	if ends := s.sweep(t); ends["kernel 1"] == 0 || ends["kernel 2"] == 0 || len(ends) != 2 {
		t.Error("there is something between the old and the new version")
	}
}

// run is boot's part, up to a kernel that proved healthy.
func (f *factory) run(k *Keeper) error {
	if err := k.Choose(); err != nil {
		return err
	}
	if _, err := k.Begin(); err != nil {
		return err
	}
	return k.Prove(k.Now())
}

func TestUpdateOverAnOlderOneCutAtAnyByteLeavesABootableDevice(t *testing.T) {
	s := newStory(t)
	second, third := s.uploads(s.build(release{version: 2, minimum: 2})), s.uploads(s.build(release{version: 3, minimum: 3}))
	fourth := s.uploads(s.build(release{version: 4, minimum: 4}))
	update := func(k *Keeper, u []control.Upload, p control.Place) {
		if _, r := k.Commit(control.KindImage, u); r == control.Accepted {
			if _, r := k.Activate(p); r == control.Accepted {
				_ = s.run(k)
			}
		}
	}
	s.before = func(k *Keeper) {
		update(k, second, control.SlotA)
		update(k, third, control.SlotB)
		if v := k.Now().Manifest.Version; v != 3 {
			t.Fatalf("the control: version %d", v)
		}
	}
	s.tell = func(k *Keeper) { update(k, fourth, control.SlotA) }
	s.after = func(k *Keeper) string {
		if err := s.run(k); err != nil {
			t.Error(err)
		}
		return string(kernelOf(k.Now().Manifest.Version))
	}
	if ends := s.sweep(t); ends["kernel 3"] == 0 || ends["kernel 4"] == 0 || len(ends) != 2 {
		t.Error("there is something between the old and the new version")
	}
}

func TestApplicationUpdateCutAtAnyByteLeavesTheOldOrTheNew(t *testing.T) {
	s := newStory(t)
	one, two := s.uploads(s.application(1)), s.uploads(s.application(2))
	s.before = func(k *Keeper) {
		if _, r := k.Commit(control.KindApplication, one); r != control.Accepted {
			t.Fatal(r)
		}
	}
	s.tell = func(k *Keeper) { k.Commit(control.KindApplication, two) }
	s.after = func(k *Keeper) string {
		modules := k.Installed()
		if len(modules) != 1 {
			t.Errorf("%d applications", len(modules))
			return ""
		}
		defer modules[0].File.Close()
		return string(moduleOf(modules[0].version))
	}
	if ends := s.sweep(t); ends["module 1"] == 0 || ends["module 2"] == 0 || len(ends) != 2 {
		t.Error("there is something between the old and the new version")
	}
}

func TestLicenceCutAtAnyByteIsTheOldOrTheNew(t *testing.T) {
	s := newStory(t)
	next := s.uploads(map[string][]byte{"licence": s.license(release{version: 1, customer: "demo", executable: 7})})
	s.tell = func(k *Keeper) { k.Commit(control.KindLicence, next) }
	s.after = func(k *Keeper) string { return k.Now().Licence.Executables[0][:8] }
	if ends := s.sweep(t); len(ends) != 2 {
		t.Error("there is something between the old and the new licence")
	}
}
