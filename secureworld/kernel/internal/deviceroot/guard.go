package deviceroot

import (
	"crypto/rand"
	"crypto/subtle"
	"io"

	"golang.org/x/crypto/argon2"
)

// Protection is what the storage root needs besides what lies on this device's disk
// and what the device tells of itself.
type Protection byte

// Protections, as the record has them.
const (
	ByFile       Protection = 0 // nothing
	ByPassphrase Protection = 1 // what a person knows
	ByTPM        Protection = 2 // what one TPM opens
)

const (
	saltSize = 16
	// RFC 9106, section 4, second recommended option, as package storage has it: some
	// tenths of a second for each guess.
	argonPasses = 3
	argonMemory = 64 << 10 // KiB
	argonLanes  = 4
	// MinPassphrase is the shortest that a storage is put under.
	MinPassphrase = 8
	// MaxPassphrase bounds what Argon2id is given.
	MaxPassphrase = 256
)

// Guard is a protection with its secret: a passphrase, or the 32 bytes that a TPM
// unsealed. The secret is the caller's, who clears it when Open has returned.
type Guard struct {
	Protection Protection
	Secret     []byte
}

// guarded is what a record says of its guard: nothing for ByFile.
type guarded struct {
	protection  Protection
	salt, check [saltSize]byte
}

// unlock finds the guard under which the record was made, leaves in r.sealing what
// its shares are sealed under, and tells whether it is the configuration's.
func (r *Root) unlock() (configured bool, err error) {
	failed := ErrProtection
	for i, g := range []Guard{r.cfg.Guard, r.cfg.Before, {}} {
		if g.Protection != r.record.guard.protection {
			continue
		}
		fits, err := r.fits(g)
		if err != nil || fits {
			return i == 0, err
		}
		failed = wrong(g.Protection)
	}
	return false, failed
}

// fits puts a guard in r.sealing, and tells whether it is the record's.
func (r *Root) fits(g Guard) (bool, error) {
	if err := r.stretch(g, r.record.guard.salt); err != nil {
		return false, err
	}
	if g.Protection == ByFile {
		return true, nil
	}
	check, err := r.guardCheck()
	return subtle.ConstantTimeCompare(check[:], r.record.guard.check[:]) == 1, err
}

// wrong is why a guard does not fit.
func wrong(p Protection) error {
	if p == ByTPM {
		return ErrSealed
	}
	return ErrPassphrase
}

// stretch makes r.sealing of a guard. The firmware root key goes in as well, so
// that nothing but this storage can be tried against. What Argon2id works in lies on
// Go's heap.
func (r *Root) stretch(g Guard, salt [saltSize]byte) error {
	switch g.Protection {
	case ByFile:
		copy(r.sealing, r.firmware)
		return nil
	case ByTPM:
		return r.derive(r.sealing, r.firmware, "strongroom device sealed 1", g.Secret)
	}
	stretched := argon2.IDKey(g.Secret, salt[:], argonPasses, argonMemory, argonLanes, keySize)
	defer clear(stretched)
	return r.derive(r.sealing, r.firmware, "strongroom device passphrase 1", stretched)
}

func (r *Root) guardCheck() (check [saltSize]byte, err error) {
	err = r.derive(check[:], r.sealing, "strongroom device guard check 1", nil)
	return check, err
}

// guardBy puts the storage under the guard of the configuration from the next split
// on.
func (r *Root) guardBy(g Guard) (err error) {
	next := guarded{protection: g.Protection}
	if g.Protection == ByPassphrase {
		if len(g.Secret) < MinPassphrase {
			return ErrShort
		}
		if _, err := io.ReadFull(rand.Reader, next.salt[:]); err != nil {
			return err
		}
	}
	if err := r.stretch(g, next.salt); err != nil {
		return err
	}
	if g.Protection != ByFile {
		if next.check, err = r.guardCheck(); err != nil {
			return err
		}
	}
	r.guard = next
	return nil
}

// Regarded tells, before Renew, that the record will have another guard than it
// had.
func (r *Root) Regarded() bool { return r.guard != r.record.guard }

// Protection is what is in force: that of the record on the disk.
func (r *Root) Protection() Protection { return r.record.guard.protection }
