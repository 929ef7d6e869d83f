package boot

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
	"github.com/strongroom-pos/strongroom/secureworld/internal/fingerprint"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/storagereset"
)

// provideStorage tells the kernel what binds its storage to this device and to
// this moment: the parts of the machine, and the number of the storage's root
// record, which is kept here, outside the storage.
func (b *Boot) provideStorage(link *handover.Boot) error {
	parts, anchored, err := b.binding()
	if err != nil {
		return err
	}
	for part, digest := range parts {
		if digest == [32]byte{} {
			continue
		}
		if err := link.Send(handover.DevicePart{Part: fingerprint.Part(part), Digest: digest}, nil); err != nil {
			return err
		}
	}
	reset := b.reset(parts.Digest(), anchored)
	if err := b.tellTampered(link, reset); err != nil {
		return err
	}
	return link.Send(handover.Storage{Anchor: anchored, Reset: reset}, nil)
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

// tellFault keeps what the kernel found in its storage where the operator's command
// looks, until a kernel becomes ready.
func (b *Boot) tellFault(m handover.Log) {
	if m.Event != handover.EventStorage && m.Event != handover.EventStorageRecord {
		return
	}
	b.keepFault(fmt.Sprint(m.Meaning()))
}

func (b *Boot) keepFault(text string) {
	if err := os.WriteFile(b.faultFile(), []byte(text+"\n"), 0o600); err != nil {
		b.log.Warn("the fault of the storage cannot be kept", "reason", err.Error())
	}
}

func (b *Boot) faultFile() string { return b.cfg.Counter + ".storage.fault" }

// reset is the number at which the storage may begin anew: that of now, when a
// signed paper beside the counter (counter.storage.reset) says so for this device.
func (b *Boot) reset(device [32]byte, anchored uint64) uint64 {
	raw, err := os.ReadFile(b.cfg.Counter + ".storage.reset")
	if errors.Is(err, fs.ErrNotExist) {
		return 0
	}
	if err == nil {
		err = b.permitted(raw, device, anchored)
	}
	if err != nil {
		b.log.Warn("storage reset refused", "reason", err.Error())
		return 0
	}
	b.log.Warn("storage begins anew, as authorised", "anchor", anchored)
	return anchored
}

var errOtherReset = errors.New("the paper is for another device or another moment")

func (b *Boot) permitted(raw []byte, device [32]byte, anchored uint64) error {
	var p storagereset.Paper
	if _, err := certificate.Open(storagereset.Purpose, raw, b.root, certificate.RoleConfiguration, time.Now(), &p); err != nil {
		return err
	}
	if err := p.Check(); err != nil {
		return err
	}
	if p.Device != hex.EncodeToString(device[:]) || p.Anchor != anchored {
		return errOtherReset
	}
	return nil
}
