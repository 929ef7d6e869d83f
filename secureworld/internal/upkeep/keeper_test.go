package upkeep

import (
	"bytes"
	"crypto/sha256"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
	"github.com/strongroom-pos/strongroom/secureworld/internal/slots"
)

func (f *factory) stage(k *Keeper, r release) control.Reason {
	f.t.Helper()
	version, reason := k.Commit(control.KindImage, f.uploads(f.build(r)))
	if reason == control.Accepted && version != r.version {
		f.t.Errorf("staged as version %d", version)
	}
	return reason
}

func (f *factory) accept(r control.Reason) {
	f.t.Helper()
	if r != control.Accepted {
		f.t.Fatal(r)
	}
}

// updated is a device that was updated and proved it.
func (f *factory) updated(k *Keeper, r release, p control.Place) {
	f.t.Helper()
	f.accept(f.stage(k, r))
	_, reason := k.Activate(p)
	f.accept(reason)
	f.must(f.run(k))
	if v := k.Now().Manifest.Version; v != r.version {
		f.t.Fatalf("version %d runs", v)
	}
}

func TestUpdateTakesTheOtherSlotEachTime(t *testing.T) {
	f := newFactory(t)
	k := f.started(f.device(t.TempDir()))
	for version, place := range []control.Place{2: control.SlotA, control.SlotB, control.SlotA} {
		if place == control.NoPlace {
			continue
		}
		f.updated(k, release{version: uint64(version), minimum: 1}, place)
	}
	s := k.Standing()
	if s.Running != control.SlotA || s.Images[1].Version != 4 || s.Images[2].Version != 3 || s.Counter != 1 {
		t.Errorf("%+v", s)
	}
	if f.ended != 3 {
		t.Errorf("the kernel was replaced %d times", f.ended)
	}
}

func TestCounterRisesOnlyWhenTheImageProvedHealthy(t *testing.T) {
	f := newFactory(t)
	k := f.started(f.device(t.TempDir()))
	f.accept(f.stage(k, release{version: 2, minimum: 2}))
	_, r := k.Activate(control.SlotA)
	f.accept(r)
	f.must(k.Choose())
	if _, err := k.Begin(); err != nil || k.Standing().Counter != 0 {
		t.Fatal(err, k.Standing())
	}
	f.must(k.Prove(k.Now()))
	if s := k.Standing(); s.Counter != 2 {
		t.Errorf("%+v", s)
	}
	if _, r := k.Activate(control.Factory); r != control.ReasonOlder {
		t.Errorf("back to below the counter: %v", r)
	}
	if r := f.stage(k, release{version: 1, minimum: 1}); r != control.ReasonOlder {
		t.Errorf("an older one, signed: %v", r)
	}
	if s := k.Standing(); s.Reason != control.ReasonOlder {
		t.Errorf("the reason is not told: %+v", s)
	}
}

func TestImageThatNeverProvesHealthyIsGivenUpAfterItsTries(t *testing.T) {
	for name, c := range map[string]struct {
		fault func(*Keeper)
		want  control.Reason
	}{
		"ended":       {func(*Keeper) {}, control.ReasonEnded},
		"not healthy": {(*Keeper).NotHealthy, control.ReasonNotHealthy},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFactory(t)
			k := f.started(f.device(t.TempDir()))
			f.accept(f.stage(k, release{version: 2, minimum: 2}))
			_, r := k.Activate(control.SlotA)
			f.accept(r)
			for try := range slots.MaxTries {
				f.must(k.Choose())
				if trial, err := k.Begin(); !trial || err != nil || k.Now().Place != control.SlotA {
					t.Fatalf("try %d: %v, %v", try, trial, err)
				}
				c.fault(k)
			}
			f.must(k.Choose())
			s, h := k.Standing(), k.History()
			if s.Running != control.Factory || s.Active != control.Factory || s.Images[1].State != control.Bad || s.Reason != c.want || s.Counter != 0 {
				t.Errorf("%+v", s)
			}
			if last := h[len(h)-1]; last.Event != control.EventFellBack || last.Reason != c.want || last.Version != 2 {
				t.Errorf("%+v", last)
			}
		})
	}
}

func TestTriesAreCountedAcrossPowerCuts(t *testing.T) {
	f := newFactory(t)
	cfg := f.device(t.TempDir())
	k := f.started(cfg)
	f.accept(f.stage(k, release{version: 2, minimum: 2}))
	_, r := k.Activate(control.SlotA)
	f.accept(r)
	for range slots.MaxTries {
		if k = f.started(cfg); k.Now().Place != control.SlotA {
			t.Fatal(k.Standing())
		}
		if _, err := k.Begin(); err != nil {
			t.Fatal(err)
		}
	}
	if k = f.started(cfg); k.Now().Place != control.Factory || k.Standing().Reason != control.ReasonEnded {
		t.Errorf("%+v", k.Standing())
	}
}

func TestSlotThatChangedAfterwardsIsNotStarted(t *testing.T) {
	for _, file := range []string{"kernel", "kernel.manifest", "payment.wasm", "payment.statement", "licence"} {
		t.Run(file, func(t *testing.T) {
			f := newFactory(t)
			cfg := f.device(t.TempDir())
			f.updated(f.started(cfg), release{version: 2, minimum: 1}, control.SlotA)
			path := filepath.Join(cfg.Folder, "slots", "a", file)
			b, err := os.ReadFile(path)
			f.must(err)
			b[len(b)/2] ^= 1
			f.must(os.WriteFile(path, b, 0o600))
			if k := f.started(cfg); k.Now().Place != control.Factory {
				t.Errorf("%+v", k.Standing())
			}
		})
	}
}

func TestUpdateThatIsNotForThisDeviceIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		release release
		spoil   func(map[string][]byte)
		want    control.Reason
	}{
		"another device":   {release{version: 2, minimum: 1, devices: []string{"DEMO0002", "SHOP*"}}, nil, control.ReasonDevice},
		"another customer": {release{version: 2, minimum: 1, customer: "other"}, nil, control.ReasonCustomer},
		"changed kernel":   {release{version: 2, minimum: 1}, func(m map[string][]byte) { m["kernel"] = kernelOf(3) }, control.ReasonKernel},
		"changed module":   {release{version: 2, minimum: 1}, func(m map[string][]byte) { m["payment.wasm"] = []byte("paymemt") }, control.ReasonApplication},
		"changed manifest": {release{version: 2, minimum: 1}, func(m map[string][]byte) {
			m["kernel.manifest"] = bytes.Replace(m["kernel.manifest"], []byte(`"version":2`), []byte(`"version":9`), 1)
		}, control.ReasonSignature},
		"no licence":       {release{version: 2, minimum: 1}, func(m map[string][]byte) { delete(m, "licence") }, control.ReasonForm},
		"no kernel":        {release{version: 2, minimum: 1}, func(m map[string][]byte) { delete(m, "kernel") }, control.ReasonForm},
		"no application":   {release{version: 2, minimum: 1}, func(m map[string][]byte) { delete(m, "payment.wasm") }, control.ReasonForm},
		"an unfit licence": {release{version: 2, minimum: 1}, nil, control.ReasonLicence},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFactory(t)
			k := f.started(f.device(t.TempDir()))
			files := f.build(c.release)
			if c.spoil != nil {
				c.spoil(files)
			}
			if name == "an unfit licence" {
				files["licence"] = f.license(release{version: 8, customer: "demo"})
			}
			if _, r := k.Commit(control.KindImage, f.uploads(files)); r != c.want {
				t.Errorf("got %v, want %v", r, c.want)
			}
			if s := k.Standing(); s.Reason != c.want || s.Images[1].State != control.Empty || s.Running != control.Factory {
				t.Errorf("%+v", s)
			}
			f.updated(k, release{version: 2, minimum: 1, devices: []string{"DEMO*"}}, control.SlotA) // the control
		})
	}
}

func TestNothingElseIsDoneWhileAnImageIsOnTrial(t *testing.T) {
	f := newFactory(t)
	k := f.started(f.device(t.TempDir()))
	f.accept(f.stage(k, release{version: 2, minimum: 1}))
	_, r := k.Activate(control.SlotA)
	f.accept(r)
	if r := f.stage(k, release{version: 3, minimum: 1}); r != control.ReasonBusy {
		t.Error(r)
	}
	if _, r := k.Activate(control.SlotA); r != control.ReasonBusy {
		t.Error(r)
	}
	for _, p := range []control.Place{control.NoPlace, control.SlotB, 9} {
		if _, r := k.Activate(p); r == control.Accepted {
			t.Errorf("%v was activated", p)
		}
	}
}

func TestDamagedRecordStartsWhatVerifies(t *testing.T) {
	f := newFactory(t)
	cfg := f.device(t.TempDir())
	f.updated(f.started(cfg), release{version: 2, minimum: 2}, control.SlotA)
	f.must(os.WriteFile(filepath.Join(cfg.Folder, "slots", "record"), []byte("strongroom-slots 1\n"), 0o600))
	k := f.started(cfg) // the factory image is older than permitted by now
	if k.Now().Place != control.SlotA {
		t.Errorf("%+v", k.Standing())
	}
	f.must(f.run(k))
	if s := k.Standing(); s.Active != control.SlotA || s.Images[1].State != control.Good {
		t.Errorf("%+v", s)
	}
}

func TestLicenceAloneLetsAnotherAppWorldIn(t *testing.T) {
	f := newFactory(t)
	cfg := f.device(t.TempDir())
	k := f.started(cfg)
	program := sha256.Sum256([]byte{7})
	if k.Now().Licence.Measured(program) == nil {
		t.Fatal("the control: it is licensed already")
	}
	next := f.license(release{version: 1, customer: "demo", executable: 7})
	_, r := k.Commit(control.KindLicence, f.uploads(map[string][]byte{"licence": next}))
	f.accept(r)
	if err := k.Now().Licence.Measured(program); err != nil {
		t.Error(err)
	}
	if err := f.started(cfg).Now().Licence.Measured(program); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	for name, c := range map[string]struct {
		licence release
		want    control.Reason
	}{"another kernel": {release{version: 2, customer: "demo"}, control.ReasonLicence}, "another customer": {release{version: 1, customer: "x"}, control.ReasonCustomer}} {
		if _, r := k.Commit(control.KindLicence, f.uploads(map[string][]byte{"licence": f.license(c.licence)})); r != c.want {
			t.Errorf("%s: %v", name, r)
		}
	}
	if f.ended != 0 {
		t.Error("the kernel was ended")
	}
}

func TestLicenceIsTheKernelsBeforeItIsBoots(t *testing.T) {
	f := newFactory(t)
	k := f.started(f.device(t.TempDir()))
	program, given := sha256.Sum256([]byte{7}), k.Now().Papers
	next := map[string][]byte{"licence": f.license(release{version: 1, customer: "demo", executable: 7})}
	f.outcome = handover.OutcomeDenied
	if _, r := k.Commit(control.KindLicence, f.uploads(next)); r != control.ReasonLicence || k.Now().Licence.Measured(program) == nil {
		t.Errorf("one that the kernel declines: %v", r)
	}
	k.Serves(given)
	if len(f.applied) != 1 {
		t.Errorf("the kernel was told %d times", len(f.applied))
	}
	f.outcome = handover.OutcomeUnusable // none serves
	_, r := k.Commit(control.KindLicence, f.uploads(next))
	f.accept(r)
	k.Serves(given)
	if len(f.applied) != 3 || f.applied[2] != (handover.Licence{}) {
		t.Errorf("a kernel that started meanwhile was not told: %v", f.applied)
	}
}

func TestRemovalThatAKernelMissedIsToldToIt(t *testing.T) {
	f := newFactory(t)
	k := f.started(f.device(t.TempDir()))
	_, r := k.Commit(control.KindApplication, f.uploads(f.application(1)))
	f.accept(r)
	given := k.Now().Papers
	f.outcome = handover.OutcomeUnusable // it starts, and has the application already
	f.accept(k.Remove("loyalty"))
	for range 2 {
		k.Serves(given)
	}
	if len(f.applied) != 3 || f.applied[2] != (handover.Remove{Name: "loyalty"}) {
		t.Errorf("%v", f.applied)
	}
}

func moduleOf(version uint64) []byte {
	return []byte{'m', 'o', 'd', 'u', 'l', 'e', ' ', '0' + byte(version)}
}

// application is one that is no part of an image.
func (f *factory) application(version uint64) map[string][]byte {
	f.t.Helper()
	statement, err := image.SignApplication(image.Statement{Name: "loyalty", Version: version, SHA256: image.Digest(moduleOf(version))}, f.developer.key, f.developer.cert)
	f.must(err)
	counter, err := image.Countersign(statement, f.customer.key, f.customer.cert)
	f.must(err)
	return map[string][]byte{"loyalty.wasm": moduleOf(version), "loyalty.statement": statement, "loyalty.countersignature": counter}
}

func TestApplicationIsInstalledReplacedAndRemovedWhileTheKernelRuns(t *testing.T) {
	f := newFactory(t)
	cfg := f.device(t.TempDir())
	k := f.started(cfg)
	for _, version := range []uint64{1, 2} {
		_, r := k.Commit(control.KindApplication, f.uploads(f.application(version)))
		f.accept(r)
	}
	if len(f.applied) != 2 {
		t.Errorf("the kernel was asked %d times", len(f.applied))
	}
	k = f.started(cfg)
	if list := k.Applications(); len(list) != 2 || list[1].Name != "loyalty" || list[1].Version != 2 || list[1].Origin != control.OriginInstalled {
		t.Errorf("%+v", list)
	}
	if _, r := k.Commit(control.KindApplication, f.uploads(f.application(1))); r != control.ReasonOlder {
		t.Errorf("an older one: %v", r)
	}
	f.accept(k.Remove("loyalty"))
	if last := f.applied[len(f.applied)-1]; last != (handover.Remove{Name: "loyalty"}) {
		t.Errorf("%+v", last)
	}
	if r := k.Remove("loyalty"); r != control.ReasonNothing {
		t.Errorf("twice: %v", r)
	}
	if names := f.started(cfg).Removed(); len(names) != 1 || names[0] != "loyalty" {
		t.Errorf("what it stored is not erased at the next start: %v", names)
	}
	if _, r := k.Commit(control.KindApplication, f.uploads(f.application(1))); r != control.ReasonOlder {
		t.Errorf("an older one after the removal: %v", r)
	}
	if r := k.Remove("payment"); r != control.ReasonFixed {
		t.Errorf("part of the image: %v", r)
	}
}

func TestApplicationThatTheKernelDeclinesIsNotKept(t *testing.T) {
	f := newFactory(t)
	cfg := f.device(t.TempDir())
	k := f.started(cfg)
	_, r := k.Commit(control.KindApplication, f.uploads(f.application(1)))
	f.accept(r)
	f.outcome = handover.OutcomeNotStarted
	if _, r := k.Commit(control.KindApplication, f.uploads(f.application(2))); r != control.ReasonKernelDeclined {
		t.Error(r)
	}
	if list := f.started(cfg).Applications(); len(list) != 2 || list[1].Version != 1 {
		t.Errorf("%+v", list)
	}
}

func TestApplicationThatIsNotWhatWasSignedIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*factory, map[string][]byte)
		want  control.Reason
	}{
		"changed module":    {func(_ *factory, m map[string][]byte) { m["loyalty.wasm"] = []byte("x") }, control.ReasonApplication},
		"changed statement": {func(_ *factory, m map[string][]byte) { m["loyalty.statement"][20] ^= 1 }, control.ReasonSignature},
		"another's countersignature": {func(f *factory, m map[string][]byte) {
			m["loyalty.countersignature"] = f.application(3)["loyalty.countersignature"]
		}, control.ReasonForm},
		"countersigned by the developer": {func(f *factory, m map[string][]byte) {
			m["loyalty.countersignature"], _ = image.Countersign(m["loyalty.statement"], f.developer.key, f.developer.cert)
		}, control.ReasonForm},
		"under another name": {func(_ *factory, m map[string][]byte) {
			m["other.wasm"] = m["loyalty.wasm"]
			delete(m, "loyalty.wasm")
		}, control.ReasonForm},
		"no statement": {func(_ *factory, m map[string][]byte) { delete(m, "loyalty.statement") }, control.ReasonForm},
	} {
		f := newFactory(t)
		k := f.started(f.device(t.TempDir()))
		files := maps.Clone(f.application(1))
		c.spoil(f, files)
		if _, r := k.Commit(control.KindApplication, f.uploads(files)); r != c.want {
			t.Errorf("%s: got %v, want %v", name, r, c.want)
		}
		if len(f.applied) != 0 || len(k.Installed()) != 0 {
			t.Errorf("%s: it was kept", name)
		}
	}
}

func TestDeviceWithoutAFolderTakesNoUpdates(t *testing.T) {
	f := newFactory(t)
	cfg := f.device(t.TempDir())
	cfg.Folder = ""
	k := f.started(cfg)
	f.must(f.run(k))
	if r := f.stage(k, release{version: 2, minimum: 1}); r != control.ReasonNotKept {
		t.Error(r)
	}
	if _, r := k.Activate(control.SlotA); r != control.ReasonNotKept {
		t.Error(r)
	}
	if s := k.Standing(); s.Running != control.Factory || s.Counter != 1 {
		t.Errorf("%+v", s)
	}
}

func TestDamagedListOfApplicationsKeepsOnlyThemFromRunning(t *testing.T) {
	f := newFactory(t)
	cfg := f.device(t.TempDir())
	_, r := f.started(cfg).Commit(control.KindApplication, f.uploads(f.application(1)))
	f.accept(r)
	f.must(os.WriteFile(filepath.Join(cfg.Folder, "applications", "list"), []byte("x"), 0o600))
	k := f.started(cfg)
	if len(k.Installed()) != 0 || len(k.Applications()) != 1 {
		t.Errorf("%+v", k.Applications())
	}
	if _, r := k.Commit(control.KindApplication, f.uploads(f.application(2))); r != control.ReasonDisk {
		t.Error(r)
	}
	if r := k.Remove("loyalty"); r != control.ReasonNotKept {
		t.Error(r)
	}
}
