//go:build linux

package main

import (
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/deviceroot"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/trustedstorage"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// guarded runs f with the guards that boot handed over, in secret memory, and clears
// them.
func (k *kernel) guarded(guards []handover.Guarding, cfg *trustedstorage.Config, f func() error) error {
	if len(guards) == 0 {
		return f()
	}
	room, err := k.memory.Keys().Room(handover.MaxGuard)
	if err != nil {
		return err
	}
	defer func() { _ = k.memory.Keys().Release(room) }() // it is one of theirs
	g := guards[0]
	by, ok := protections()[g.Protection]
	if !ok {
		return deviceroot.ErrProtection
	}
	n, err := g.Read(room)
	if err != nil {
		return err
	}
	into := &cfg.Guard
	if g.Before {
		into = &cfg.Before
	}
	*into = deviceroot.Guard{Protection: by, Secret: room[:n]}
	return k.guarded(guards[1:], cfg, f)
}

// protections has the door's numbers beside the record's.
func protections() map[handover.Protection]deviceroot.Protection {
	return map[handover.Protection]deviceroot.Protection{
		handover.ProtectionPassphrase: deviceroot.ByPassphrase, handover.ProtectionTPM: deviceroot.ByTPM,
	}
}

// completeStorage completes a start that succeeded, and tells where the root is
// protected in another way than before.
func (k *kernel) completeStorage(link *handover.Link) error {
	other := k.storage.Root.Regarded()
	if err := k.storage.Renew(); err != nil || !other {
		return err
	}
	_ = link.Log(handover.EventGuarded, uint32(k.storage.Root.Protection())) // told for people
	return nil
}

// storageRootBy is what the description and reports say: what is on the disk.
func (k *kernel) storageRootBy() payment.StorageRoot { return named(k.storage.Root.Protection()) }

func named(p deviceroot.Protection) payment.StorageRoot {
	switch p {
	case deviceroot.ByPassphrase:
		return payment.StorageRootPassphrase
	case deviceroot.ByTPM:
		return payment.StorageRootTPM
	}
	return payment.StorageRootFile
}
