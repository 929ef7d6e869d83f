package handover

import "strconv"

// StorageFault is the value of EventStorage: why the storage cannot be used.
type StorageFault uint32

// Faults.
const (
	StorageUnknown StorageFault = iota // the kernel's last words say more
	StorageOtherDevice
	StorageOtherKernel
	StorageOtherTerminal
	StorageDeleted
	StorageRolledBack
	StorageSpaceRolledBack
	StorageObjectRolledBack
	StorageSwapped
	StorageTruncated
	StorageDamaged
	StorageForged
	StorageMissing
	StorageFormat
	StorageNoParts
	StorageJournal
	StorageKeyBlock
	StorageKeys
	StoragePassphrase
	StorageShortPassphrase
	StorageSealed
	StorageProtection
	storageFaults
)

func (f StorageFault) String() string {
	names := [...]string{
		"not a fault of the storage",
		"this is another device: too many of its parts are others",
		"the storage belongs to another kernel",
		"the storage belongs to another terminal",
		"the storage was deleted",
		"the whole storage is an older copy",
		"a space of the storage is an older copy",
		"an object of the storage is an older copy",
		"a record of the storage lies in another's place",
		"a record of the storage is cut off",
		"a record of the storage is damaged",
		"a record of the storage was not made by this kernel",
		"a record of the storage is missing",
		"the storage is of another format",
		"no part of the device is known",
		"the journal does not verify",
		"a key block is not for what its key is for, or not authentic",
		"a delivered key is missing, doubled or unknown",
		"the passphrase is wrong: nothing was changed, and the right one opens the storage",
		"the passphrase is too short: 8 bytes are the least",
		"the sealed secret is not that of this storage",
		"the storage is protected in another way than the configuration says",
	}
	if f >= storageFaults {
		return "fault " + strconv.FormatUint(uint64(f), 10)
	}
	return names[f]
}
