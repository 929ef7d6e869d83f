package upkeep

import (
	"errors"
	"slices"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/internal/appstore"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
)

// Installed verifies the applications of the store for a kernel that starts. One
// that does not verify, or whose name the image has now, is left out and told.
func (k *Keeper) Installed() []Module {
	k.keep.Lock()
	defer k.keep.Unlock()
	if k.store == nil {
		return nil
	}
	k.owed = nil
	var out []Module
	for _, e := range k.store.Installed() {
		m, err := k.fromStore(e.Name)
		if err != nil {
			k.log.Error("application left out", "name", e.Name, "reason", err.Error())
			continue
		}
		out = append(out, m)
	}
	return out
}

// Removed names the applications whose data a kernel that starts is to erase. What
// left no trace, or was erased before, does no harm there.
func (k *Keeper) Removed() []string {
	k.keep.Lock()
	defer k.keep.Unlock()
	if k.store == nil {
		return nil
	}
	return slices.DeleteFunc(k.store.Removed(), k.fixed)
}

func (k *Keeper) fromStore(name string) (Module, error) {
	e, _ := k.store.Find(name)
	wasm, statement, countersigned, err := k.store.Read(e)
	if err != nil {
		return Module{}, err
	}
	a, err := image.OpenApplication(k.cfg.Root, wasm, statement, countersigned, time.Now())
	switch {
	case err != nil:
		return Module{}, err
	case a.Name != e.Name || a.Version != e.Version || k.fixed(a.Name):
		return Module{}, errors.New("not what the store's list names, or part of the image")
	}
	return newModule(a)
}

// fixed tells whether an application is part of the kernel image.
func (k *Keeper) fixed(name string) bool {
	for _, m := range k.Now().Modules {
		if m.Message.Name == name {
			return true
		}
	}
	return false
}

// installApplication verifies, keeps, and hands to the kernel; what the kernel
// declines is not kept.
func (k *Keeper) installApplication(c contents) (uint64, control.Reason) {
	if k.store == nil {
		return 0, control.ReasonDisk
	}
	a, err := image.OpenApplication(k.cfg.Root, c.module, c.statement, c.countersignature, time.Now())
	if err != nil {
		return 0, reasonOf(err)
	}
	before, known := k.store.Find(a.Name)
	switch {
	case a.Name != c.name:
		return a.Version, control.ReasonForm
	case k.fixed(a.Name):
		return a.Version, control.ReasonFixed
	case !before.Installed && len(k.Now().Modules)+len(k.store.Installed()) >= control.MaxInstalled:
		return a.Version, control.ReasonFull
	}
	if err := k.store.Install(a.Name, a.Version, c.module, c.statement, c.countersignature); err != nil {
		return a.Version, reasonOf(err)
	}
	m, err := newModule(a)
	if err != nil {
		return a.Version, control.ReasonDisk
	}
	defer m.File.Close()
	if outcome := k.kernel.Apply(m.Message, m.File); outcome != handover.OutcomeDone {
		k.log.Warn("kernel declined an application", "name", a.Name, "reason", outcome.String())
		if !known {
			k.must(k.store.Remove(a.Name, false))
		} else {
			k.must(k.store.Restore(before))
		}
		return a.Version, declined(outcome)
	}
	k.note(control.EventInstalled, control.NoPlace, control.Accepted, a.Version)
	return a.Version, control.Accepted
}

// removeApplication forgets it and ends it in the kernel. Where no kernel serves the
// next one does not get it, and erases what it stored.
func (k *Keeper) removeApplication(name string) control.Reason {
	e, _ := k.store.Find(name)
	switch {
	case k.fixed(name):
		return control.ReasonFixed
	case !e.Installed:
		return control.ReasonNothing
	}
	if err := k.store.Remove(name, k.keepsData(e)); err != nil {
		return reasonOf(err)
	}
	if outcome := k.kernel.Apply(handover.Remove{Name: name}, nil); outcome != handover.OutcomeDone {
		k.log.Warn("kernel has not removed an application", "name", name, "reason", outcome.String())
		k.owed = append(k.owed, name)
	}
	k.note(control.EventRemoved, control.NoPlace, control.Accepted, e.Version)
	return control.Accepted
}

// keepsData is what the statement says. Where it cannot be read nothing is erased.
func (k *Keeper) keepsData(e appstore.Entry) bool {
	_, statement, _, err := k.store.Read(e)
	keep := true
	if err == nil {
		keep, err = image.KeepsData(statement)
	}
	k.must(err)
	return keep || err != nil
}

func declined(o handover.Outcome) control.Reason {
	switch o {
	case handover.OutcomeFull:
		return control.ReasonFull
	case handover.OutcomeDenied:
		return control.ReasonDenied
	}
	return control.ReasonKernelDeclined
}
