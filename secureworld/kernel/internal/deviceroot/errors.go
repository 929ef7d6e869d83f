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
	// ErrNoParts: boot could read no part of the device.
	ErrNoParts = errors.New("storage root: no part of the device is known")
)
