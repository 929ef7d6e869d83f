package upkeep

import (
	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
)

// Standing tells how slots and versions stand.
func (k *Keeper) Standing() control.Standing {
	k.keep.Lock()
	defer k.keep.Unlock()
	s := control.Standing{Running: k.Now().Place, Strength: control.StrengthFile, Starts: k.kernel.Starts()}
	s.Counter, _ = k.counter.Read() // a damaged one does not let boot start
	s.Images[0] = k.standing(control.Factory, control.Good)
	if k.slots == nil {
		s.Active = control.Factory
		return s
	}
	r := k.slots.Record()
	s.Active, s.Pending, s.Tries, s.Reason = r.Active, r.Pending, r.Tries, r.Reason
	s.Images[1], s.Images[2] = k.standing(control.SlotA, r.A), k.standing(control.SlotB, r.B)
	return s
}

func (k *Keeper) standing(p control.Place, state control.State) control.Image {
	if state == control.Empty {
		return control.Image{}
	}
	m, err := image.Peek(k.files(p).Manifest)
	if err != nil {
		return control.Image{State: control.Bad}
	}
	i := control.Image{State: state, Version: m.Version}
	copy(i.Kernel[:], fromHex(m.KernelSHA256))
	return i
}

// History tells what happened.
func (k *Keeper) History() []control.Entry {
	k.keep.Lock()
	defer k.keep.Unlock()
	if k.slots == nil {
		return nil
	}
	return k.slots.History()
}

// Applications tells what the kernel is given.
func (k *Keeper) Applications() []control.Application {
	k.keep.Lock()
	defer k.keep.Unlock()
	var out []control.Application
	for _, m := range k.Now().Modules {
		out = append(out, control.Application{Name: m.Message.Name, Version: m.version, SHA256: m.Message.SHA256, Origin: control.OriginImage})
	}
	if k.store == nil {
		return out
	}
	for _, e := range k.store.Installed() {
		a := control.Application{Name: e.Name, Version: e.Version, Origin: control.OriginInstalled}
		copy(a.SHA256[:], fromHex(e.Module))
		out = append(out, a)
	}
	return out
}

// Commit verifies and keeps.
func (k *Keeper) Commit(kind control.Kind, uploads []control.Upload) (version uint64, r control.Reason) {
	k.keep.Lock()
	defer k.keep.Unlock()
	if k.slots == nil {
		return 0, control.ReasonNotKept
	}
	defer func() {
		if r != control.Accepted {
			k.log.Warn("update refused", "reason", r.String())
			k.must(k.slots.Refused(r))
			k.note(control.EventRefused, control.NoPlace, r, version)
		}
	}()
	c, r := read(uploads)
	if r != control.Accepted {
		return 0, r
	}
	switch kind {
	case control.KindImage:
		return k.stage(c)
	case control.KindApplication:
		return k.installApplication(c)
	case control.KindLicence:
		return k.relicense(c)
	}
	return 0, control.ReasonForm
}

// Activate makes an image pending and lets the kernel that runs end.
func (k *Keeper) Activate(p control.Place) (uint64, control.Reason) {
	k.keep.Lock()
	defer k.keep.Unlock()
	version, r := k.activate(p)
	if r != control.Accepted {
		return version, r
	}
	k.note(control.EventActivated, p, r, version)
	k.kernel.Replace()
	return version, r
}

// Remove removes an installed application.
func (k *Keeper) Remove(name string) control.Reason {
	k.keep.Lock()
	defer k.keep.Unlock()
	if k.store == nil {
		return control.ReasonNotKept
	}
	return k.removeApplication(name)
}
