package boot

import (
	"errors"
	"os"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
)

// installed verifies the applications of the store for a kernel that starts. One
// that does not verify, or whose name the image has now, is left out and told.
func (b *Boot) installed() []module {
	b.keep.Lock()
	defer b.keep.Unlock()
	if b.store == nil {
		return nil
	}
	var out []module
	for _, e := range b.store.Installed() {
		m, err := b.fromStore(e.Name)
		if err != nil {
			b.log.Error("application left out", "name", e.Name, "reason", err.Error())
			continue
		}
		out = append(out, m)
	}
	return out
}

func (b *Boot) fromStore(name string) (module, error) {
	e, _ := b.store.Find(name)
	wasm, statement, countersigned, err := b.store.Read(e)
	if err != nil {
		return module{}, err
	}
	a, err := image.OpenApplication(b.root, wasm, statement, countersigned, time.Now())
	switch {
	case err != nil:
		return module{}, err
	case a.Name != e.Name || a.Version != e.Version || b.fixed(a.Name):
		return module{}, errors.New("not what the store's list names, or part of the image")
	}
	return newModule(a)
}

// fixed tells whether an application is part of the kernel image.
func (b *Boot) fixed(name string) bool {
	for _, m := range b.now.modules {
		if m.message.Name == name {
			return true
		}
	}
	return false
}

// installApplication verifies, keeps, and hands to the kernel; what the kernel
// declines is not kept.
func (b *Boot) installApplication(c contents) (uint64, control.Reason) {
	a, err := image.OpenApplication(b.root, c.module, c.statement, c.countersignature, time.Now())
	if err != nil {
		return 0, reasonOf(err)
	}
	before, known := b.store.Find(a.Name)
	switch {
	case a.Name != c.name:
		return a.Version, control.ReasonForm
	case b.fixed(a.Name):
		return a.Version, control.ReasonFixed
	case !before.Installed && len(b.now.modules)+len(b.store.Installed()) >= control.MaxInstalled:
		return a.Version, control.ReasonFull
	}
	if err := b.store.Install(a.Name, a.Version, c.module, c.statement, c.countersignature); err != nil {
		return a.Version, reasonOf(err)
	}
	m, err := newModule(a)
	if err != nil {
		return a.Version, control.ReasonDisk
	}
	defer m.file.Close()
	if outcome := b.apply(m.message, m.file); outcome != handover.OutcomeDone {
		b.log.Warn("kernel declined an application", "name", a.Name, "reason", outcome.String())
		if !known {
			b.must(b.store.Remove(a.Name))
		} else {
			b.must(b.store.Restore(before))
		}
		return a.Version, declined(outcome)
	}
	b.note(control.EventInstalled, control.NoPlace, control.Accepted, a.Version)
	return a.Version, control.Accepted
}

// removeApplication ends it in the kernel, then forgets it. Where no kernel
// serves the next one does not get it.
func (b *Boot) removeApplication(name string) control.Reason {
	e, _ := b.store.Find(name)
	switch {
	case b.fixed(name):
		return control.ReasonFixed
	case !e.Installed:
		return control.ReasonNothing
	}
	if err := b.store.Remove(name); err != nil {
		return reasonOf(err)
	}
	if outcome := b.apply(handover.Remove{Name: name}, nil); outcome != handover.OutcomeDone {
		b.log.Warn("kernel has not removed an application", "name", name, "reason", outcome.String())
	}
	b.note(control.EventRemoved, control.NoPlace, control.Accepted, e.Version)
	return control.Accepted
}

func declined(o handover.Outcome) control.Reason {
	if o == handover.OutcomeFull {
		return control.ReasonFull
	}
	return control.ReasonKernelDeclined
}

// apply lets the kernel that serves change its applications, and waits for its
// answer. A kernel that gives none has ended, or is about to.
func (b *Boot) apply(m handover.Message, file *os.File) handover.Outcome {
	b.mu.Lock()
	link, answers, gone := b.link, b.applied, b.gone
	b.mu.Unlock()
	if link == nil {
		return handover.OutcomeUnusable
	}
	select {
	case <-answers: // to a question that nobody waits for any more
	default:
	}
	if link.Send(m, file) != nil {
		return handover.OutcomeUnusable
	}
	select {
	case a := <-answers:
		return a.Code
	case <-gone:
		return handover.OutcomeUnusable
	case <-time.After(applyWithin):
		return handover.OutcomeUnusable
	}
}
