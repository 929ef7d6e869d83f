//go:build linux

package command

import (
	"bytes"
	"errors"
	"flag"

	"github.com/strongroom-pos/strongroom/internal/command/secret"
	"github.com/strongroom-pos/strongroom/internal/estate"
)

// rootSettings are what the flags say of the storage's root.
type rootSettings struct {
	protection   string
	fresh        bool // another passphrase
	fd, beforeFD int  // -1: at the terminal
}

func (r *rootSettings) flags(f *flag.FlagSet) {
	f.StringVar(&r.protection, "storage-root", "", "`protection` of the storage's root: file, passphrase or tpm; empty: as before")
	f.BoolVar(&r.fresh, "new-passphrase", false, "put another passphrase on the storage's root")
	f.IntVar(&r.fd, "passphrase-fd", -1, "file `descriptor` with the passphrase; none: asked for")
	f.IntVar(&r.beforeFD, "passphrase-before-fd", -1, "file `descriptor` with the passphrase until now; none: asked for")
}

var errTwice = errors.New("the two passphrases are not the same")

// passphrases are those that this start needs: from now on, and until now. The lane
// keeps them as long as it may have to start boot.
func (r *rootSettings) passphrases(home string) (now, before []byte, err error) {
	kept, err := estate.StorageRoot(home)
	if err != nil {
		return nil, nil, err
	}
	wanted := r.protection
	if wanted == "" {
		wanted = kept
	}
	under, stays := kept == estate.RootPassphrase, wanted == estate.RootPassphrase
	if under && (!stays || r.fresh) {
		if before, err = given(r.beforeFD, "Passphrase of the storage until now: "); err != nil {
			return nil, nil, err
		}
	}
	switch {
	case stays && under && !r.fresh:
		now, err = given(r.fd, "Passphrase of the storage: ")
	case stays:
		now, err = r.chosen()
	}
	return now, before, err
}

func given(fd int, prompt string) ([]byte, error) {
	if fd >= 0 {
		return secret.FromDescriptor(fd)
	}
	return secret.FromTerminal(prompt)
}

// chosen is a new one: who types it types it twice.
func (r *rootSettings) chosen() ([]byte, error) {
	first, err := given(r.fd, "New passphrase of the storage: ")
	if err != nil || r.fd >= 0 {
		return first, err
	}
	second, err := given(-1, "Once more: ")
	defer clear(second)
	if err == nil && !bytes.Equal(first, second) {
		err = errTwice
	}
	return first, err
}
