package boot

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
)

// A pending image is on trial: each start is counted before it begins, and after
// slots.MaxTries of them, or when it does not verify, boot falls back. It is
// proved when its kernel answered health twice, the second time healthEvery
// after the first. Only then the record names it active, and after that the
// counter shuts out what is older: cut between the two, it is raised at the next
// start.
//
// What is below expects b.keep to be held, but for onTrial and prove.

func (b *Boot) order() []control.Place {
	if b.slots == nil {
		return []control.Place{control.Factory}
	}
	order := b.slots.Order()
	if b.stuck && order[0] == b.pending() {
		return order[1:]
	}
	return order
}

func (b *Boot) files(p control.Place) image.Files {
	if p == control.Factory {
		return b.cfg.Image.files()
	}
	return b.slots.Files(p)
}

func (b *Boot) licences(p control.Place) []string {
	if b.slots == nil {
		return []string{b.cfg.Licence}
	}
	return b.slots.Licences(p, b.cfg.Licence)
}

func (b *Boot) pending() control.Place {
	if b.slots == nil {
		return control.NoPlace
	}
	return b.slots.Record().Pending
}

// endTrial gives up a pending image that has had its tries.
func (b *Boot) endTrial() {
	if p := b.pending(); p != control.NoPlace && b.slots.Order()[0] != p {
		b.giveUp(b.fault)
	}
}

func (b *Boot) giveUp(why control.Reason) {
	p := b.pending()
	version := b.versionAt(p)
	b.log.Error("fell back", "from", p.String(), "version", version, "reason", why.String())
	b.must(b.slots.GiveUp(why))
	b.note(control.EventFellBack, p, why, version)
}

// onTrial tells whether the image that starts now is pending, and counts the
// start.
func (b *Boot) onTrial() error {
	b.keep.Lock()
	defer b.keep.Unlock()
	if b.trial = b.pending() == b.now.place; !b.trial {
		return nil
	}
	b.fault = control.ReasonEnded
	err := b.slots.Try()
	b.stuck = err != nil
	return err
}

// prove is called when a kernel has proved healthy: so older images than it
// permits are refused from now on.
func (b *Boot) prove(l *loaded) error {
	b.keep.Lock()
	defer b.keep.Unlock()
	if b.slots != nil {
		trial := b.pending() == l.place
		if err := b.slots.Prove(l.place); err != nil {
			return err
		}
		if trial {
			b.proved(l)
		}
	}
	return b.counter.Raise(l.manifest.MinimumVersion)
}

func (b *Boot) proved(l *loaded) {
	b.note(control.EventProved, l.place, control.Accepted, l.manifest.Version)
	b.log.Info("update proved healthy", "place", l.place.String(), "version", l.manifest.Version)
}

func (b *Boot) note(e control.Event, p control.Place, why control.Reason, version uint64) {
	b.must(b.slots.Note(time.Now(), e, p, why, version))
}

// must tells a failing disk. The record in memory stays as the one on disk: what
// boot could not write is done again at the next start.
func (b *Boot) must(err error) {
	if err != nil {
		b.log.Error("update record", "reason", err.Error())
	}
}

// versionAt reads a manifest for a report; 0 where there is none.
func (b *Boot) versionAt(p control.Place) uint64 {
	m, _ := image.Peek(b.files(p).Manifest)
	return m.Version
}
