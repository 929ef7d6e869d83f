package deviceroot

import "errors"

// Why there is no storage root key.
var (
	// ErrOtherKernel: the storage was made by a kernel with another firmware root
	// key or for another customer.
	ErrOtherKernel = errors.New("storage root: the storage belongs to another kernel")
	// ErrOtherTerminal: the storage was made for another terminal identity.
	ErrOtherTerminal = errors.New("storage root: the storage belongs to another terminal")
	// ErrOtherDevice: too many parts of the device are others.
	ErrOtherDevice = errors.New("storage root: this is another device")
	// ErrDamaged: the device record is cut off or was changed by chance.
	ErrDamaged = errors.New("storage root: the device record is damaged")
	// ErrForged: the device record was changed by somebody without the key.
	ErrForged = errors.New("storage root: the device record was not made by this kernel")
	// ErrFormat: the storage is of an older or newer form than this kernel's.
	ErrFormat = errors.New("storage root: the storage is of another format")
	// ErrMissing: there is a store, and no device record or firmware root key.
	ErrMissing = errors.New("storage root: the device record or the firmware root key is missing")
	// ErrPassphrase: the passphrase is another than the storage's. Nothing is changed by
	// it, and the right one opens.
	ErrPassphrase = errors.New("storage root: wrong passphrase")
	// ErrShort: a storage is not put under so short a passphrase.
	ErrShort = errors.New("storage root: the passphrase is too short")
	// ErrSealed: what the TPM unsealed is another secret than the storage's.
	ErrSealed = errors.New("storage root: the sealed secret is not that of this storage")
	// ErrProtection: the storage is protected in another way than the configuration
	// says.
	ErrProtection = errors.New("storage root: the storage is protected in another way")
	// ErrNoParts: boot could read no part of the device.
	ErrNoParts = errors.New("storage root: no part of the device is known")
)
