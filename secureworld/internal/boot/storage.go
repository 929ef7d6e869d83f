package boot

import (
	"github.com/strongroom-pos/strongroom/secureworld/internal/fingerprint"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
)

// provideStorage tells the kernel what binds its storage to this device and to
// this moment: the parts of the machine, and the number of the storage's root
// record, which is kept here, outside the storage.
func (b *Boot) provideStorage(link *handover.Boot) error {
	anchored, err := b.anchor().Read()
	if err != nil {
		return err
	}
	for part, digest := range (fingerprint.Machine{Root: "/", Storage: b.cfg.Storage}).Read() {
		if digest == [32]byte{} {
			continue
		}
		if err := link.Send(handover.DevicePart{Part: fingerprint.Part(part), Digest: digest}, nil); err != nil {
			return err
		}
	}
	return link.Send(handover.Storage{Anchor: anchored}, nil)
}

// anchor is a counter beside the anti-rollback counter, and as strong.
func (b *Boot) anchor() image.Counter { return image.Counter{Path: b.cfg.Counter + ".storage"} }

// anchor makes the number of the storage's root record durable. Without it a
// change of the storage is not acknowledged; a kernel that cannot have it ends.
func (a *attendance) anchor(m handover.Anchor) {
	if err := a.boot.anchor().Raise(m.Number); err != nil {
		a.boot.log.Error("storage anchor", "reason", err.Error())
		a.kernel.child.Kill()
		return
	}
	_ = a.kernel.link.Send(handover.Anchored(m), nil) // its end shows in Done
}
