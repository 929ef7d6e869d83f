package storage

import "errors"

// What is wrong with a store. Each is one thing that was done to it, or that
// happened to it.
var (
	// ErrStoreMissing: there was a store here, says the anchor, and it is gone.
	ErrStoreMissing = errors.New("storage: the store was deleted")
	// ErrStoreOld: the whole store is older than the anchor.
	ErrStoreOld = errors.New("storage: the whole store is an older copy")
	// ErrSpaceOld: one space is older than the root record says.
	ErrSpaceOld = errors.New("storage: a space is an older copy")
	// ErrObjectOld: one object is older than the index of its space says.
	ErrObjectOld = errors.New("storage: an object is an older copy")
	// ErrSwapped: a record of another place, sealed by this store.
	ErrSwapped = errors.New("storage: a record lies in another's place")
	// ErrTruncated: a record is shorter than it says.
	ErrTruncated = errors.New("storage: a record is cut off")
	// ErrDamaged: the checksum of a record is wrong.
	ErrDamaged = errors.New("storage: a record is damaged")
	// ErrForged: the checksum is right and the seal does not open: made by somebody
	// who has not the keys, or sealed under the keys of another store.
	ErrForged = errors.New("storage: a record was not sealed by this store")
	// ErrMissing: a record that must be there is not.
	ErrMissing = errors.New("storage: a record is missing")
	// ErrFormat: a record of a form that this kernel does not know.
	ErrFormat = errors.New("storage: a record of another format")
)

// finding reports whether an error says what is wrong with a record, rather than
// that it could not be looked at.
func finding(err error) bool { return kindOf(err) != nil }

// kindOf is the one of these errors that err is, or nil.
func kindOf(err error) error {
	for _, f := range []error{ErrStoreMissing, ErrStoreOld, ErrSpaceOld, ErrObjectOld, ErrSwapped, ErrTruncated,
		ErrDamaged, ErrForged, ErrMissing, ErrFormat} {
		if errors.Is(err, f) {
			return f
		}
	}
	return nil
}

// What a caller asked for and cannot have. The store is as it was.
var (
	ErrName     = errors.New("storage: malformed name")
	ErrNotFound = errors.New("storage: no object of this name")
	ErrNoSpace  = errors.New("storage: no space of this name")
	ErrTooLong  = errors.New("storage: object too long")
	ErrRoom     = errors.New("storage: the room is too small for the object")
	ErrQuota    = errors.New("storage: the quota of the space is used up")
	ErrFull     = errors.New("storage: no room for another space")
	ErrExists   = errors.New("storage: a space of this name exists and is opened in another way")
	ErrLocked   = errors.New("storage: the space needs its password")
	ErrPassword = errors.New("storage: wrong password")
	ErrAttempts = errors.New("storage: too many wrong passwords: the space stays shut")
	// ErrDead: a write failed before; what is on the disk is known again after the
	// next start.
	ErrDead = errors.New("storage: stopped after a failed write")
)
