package upkeep

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
)

// What is below expects k.keep to be held, but for what is exported.

func (k *Keeper) order() []control.Place {
	if k.slots == nil {
		return []control.Place{control.Factory}
	}
	order := k.slots.Order()
	if k.stuck && order[0] == k.pending() {
		return order[1:]
	}
	return order
}

func (k *Keeper) files(p control.Place) image.Files {
	if p == control.Factory {
		return k.cfg.Factory
	}
	return k.slots.Files(p)
}

func (k *Keeper) licences(p control.Place) []string {
	if k.slots == nil {
		return []string{k.cfg.Licence}
	}
	return k.slots.Licences(p, k.cfg.Licence)
}

func (k *Keeper) pending() control.Place {
	if k.slots == nil {
		return control.NoPlace
	}
	return k.slots.Record().Pending
}

// endTrial gives up a pending image that has had its tries.
func (k *Keeper) endTrial() {
	if p := k.pending(); p != control.NoPlace && k.slots.Order()[0] != p {
		k.giveUp(k.fault)
	}
}

func (k *Keeper) giveUp(why control.Reason) {
	p := k.pending()
	version := k.versionAt(p)
	k.log.Error("fell back", "from", p.String(), "version", version, "reason", why.String())
	k.must(k.slots.GiveUp(why))
	k.note(control.EventFellBack, p, why, version)
}

// Begin counts a start of an image on trial, and tells whether it is one.
func (k *Keeper) Begin() (trial bool, err error) {
	k.keep.Lock()
	defer k.keep.Unlock()
	if k.trial = k.pending() == k.Now().Place; !k.trial {
		return false, nil
	}
	k.fault = control.ReasonEnded
	err = k.slots.Try()
	k.stuck = err != nil
	return true, err
}

// NotHealthy says that the kernel that was started last did not get healthy in
// time; otherwise it is taken to have ended.
func (k *Keeper) NotHealthy() {
	k.keep.Lock()
	defer k.keep.Unlock()
	k.fault = control.ReasonNotHealthy
}

// Prove is called when an image's kernel has proved healthy: older images than it
// permits are refused from now on.
func (k *Keeper) Prove(i *Image) error {
	k.keep.Lock()
	defer k.keep.Unlock()
	if k.slots != nil {
		trial := k.pending() == i.Place
		if err := k.slots.Prove(i.Place); err != nil {
			return err
		}
		if trial {
			k.note(control.EventProved, i.Place, control.Accepted, i.Manifest.Version)
			k.log.Info("update proved healthy", "place", i.Place.String(), "version", i.Manifest.Version)
		}
	}
	return k.counter.Raise(i.Manifest.MinimumVersion)
}

func (k *Keeper) note(e control.Event, p control.Place, why control.Reason, version uint64) {
	k.must(k.slots.Note(time.Now(), e, p, why, version))
}

// versionAt reads a manifest for a report; 0 where there is none.
func (k *Keeper) versionAt(p control.Place) uint64 {
	m, _ := image.Peek(k.files(p).Manifest)
	return m.Version
}
