//go:build linux

package main

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/deviceroot"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/keystore"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/storage"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/journal"
)

// storageFault is what boot is told when the storage cannot be used: what was done
// to it, or happened to it, by name.
func storageFault(err error) handover.StorageFault {
	for _, f := range storageFaults() {
		if errors.Is(err, f.err) {
			return f.fault
		}
	}
	return handover.StorageUnknown
}

type fault struct {
	err   error
	fault handover.StorageFault
}

func storageFaults() []fault {
	return []fault{
		{deviceroot.ErrOtherDevice, handover.StorageOtherDevice},
		{deviceroot.ErrOtherKernel, handover.StorageOtherKernel},
		{deviceroot.ErrOtherTerminal, handover.StorageOtherTerminal},
		{deviceroot.ErrFormat, handover.StorageFormat},
		{deviceroot.ErrDamaged, handover.StorageDamaged},
		{deviceroot.ErrForged, handover.StorageForged},
		{deviceroot.ErrMissing, handover.StorageMissing},
		{deviceroot.ErrPassphrase, handover.StoragePassphrase},
		{deviceroot.ErrShort, handover.StorageShortPassphrase},
		{deviceroot.ErrSealed, handover.StorageSealed},
		{deviceroot.ErrProtection, handover.StorageProtection},
		{deviceroot.ErrNoParts, handover.StorageNoParts},
		{storage.ErrStoreMissing, handover.StorageDeleted},
		{storage.ErrStoreOld, handover.StorageRolledBack},
		{storage.ErrSpaceOld, handover.StorageSpaceRolledBack},
		{storage.ErrObjectOld, handover.StorageObjectRolledBack},
		{storage.ErrSwapped, handover.StorageSwapped},
		{storage.ErrTruncated, handover.StorageTruncated},
		{storage.ErrDamaged, handover.StorageDamaged},
		{storage.ErrForged, handover.StorageForged},
		{storage.ErrMissing, handover.StorageMissing},
		{storage.ErrFormat, handover.StorageFormat},
		{journal.ErrDamaged, handover.StorageJournal},
		{keystore.ErrBlock, handover.StorageKeyBlock},
		{keystore.ErrKeys, handover.StorageKeys},
	}
}
