package upkeep

import (
	"os"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
)

// relicense puts another licence in the place of the one in force, so that the
// app world can be updated while the kernel goes on. The kernel has it before boot's
// door goes by it: what boot lets in, the kernel knows.
func (k *Keeper) relicense(c contents) (uint64, control.Reason) {
	if len(c.files) != 1 || c.licence == nil {
		return 0, control.ReasonForm
	}
	next := *k.Now()
	if err := k.licensed(&next, c.licence, time.Now()); err != nil {
		return 0, reasonOf(err)
	}
	if !k.tellLicence(next.Papers) {
		k.must(next.Papers.Close())
		return 0, control.ReasonLicence
	}
	if err := k.slots.License(next.Place, c.licence); err != nil {
		k.must(err)
		k.tellLicence(k.Now().Papers)
		k.must(next.Papers.Close())
		return 0, control.ReasonDisk
	}
	k.now.Store(&next) // the old memory file may be on its way to a kernel: it ends with its last user
	k.note(control.EventLicence, next.Place, control.Accepted, next.Manifest.Version)
	return next.Manifest.Version, control.Accepted
}

// tellLicence lets the kernel go by a licence. It is false where the kernel declines
// it. One that cannot take it now, or does not serve, has it from its start on.
func (k *Keeper) tellLicence(papers *os.File) bool {
	outcome := k.kernel.Apply(handover.Licence{}, papers)
	if outcome != handover.OutcomeDone {
		k.log.Warn("kernel has not taken a licence", "reason", outcome.String())
	}
	return outcome != handover.OutcomeDenied
}

// Alone runs f while nothing changes: the kernel takes one change at a time.
func (k *Keeper) Alone(f func()) {
	k.keep.Lock()
	defer k.keep.Unlock()
	f()
}

// Serves is for a kernel that serves from now on and was given papers: it is told
// what changed while it started.
func (k *Keeper) Serves(papers *os.File) {
	k.keep.Lock()
	defer k.keep.Unlock()
	if now := k.Now().Papers; now != papers {
		k.tellLicence(now)
	}
	for _, name := range k.owed {
		outcome := k.kernel.Apply(handover.Remove{Name: name}, nil)
		k.log.Info("kernel told of a removal", "name", name, "outcome", outcome.String())
	}
	k.owed = nil
}
