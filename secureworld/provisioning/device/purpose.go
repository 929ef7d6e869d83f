package device

import (
	"encoding/hex"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
)

// purpose is what a key may be used for (ANSI X9.143, tables 2 and 4).
type purpose int

const (
	orderKey purpose = iota
	panKey
	keyedKey
	initialKey
)

// fits reports whether an authentic header says just this. A device only
// verifies orders and only opens PANs, so the narrower modes do as well as those
// of both ends.
func (p purpose) fits(h keyblock.Header) bool {
	usage, modes := "B1", "X" // DUKPT initial key; derives
	switch p {
	case orderKey:
		usage, modes = "M6", "CV" // CMAC; generates and verifies, or verifies
	case panKey:
		usage, modes = "D0", "BD" // data encryption; both ways, or opens
	case keyedKey:
		usage, modes = "D0", "E" // data encryption; seals only, so that it fits in no other's place
	case initialKey:
	}
	return h.Usage == usage && h.Algorithm == 'A' && strings.IndexByte(modes, h.Mode) >= 0
}

// unwrap opens a block into dst, keySize bytes, and returns the initial key id
// that an initial key comes with. Nothing of a refused key stays in dst.
func unwrap(dst, kbpk []byte, p purpose, block []byte) (id [8]byte, err error) {
	h, n, err := keyblock.Unwrap(kbpk, block, dst)
	if err != nil || n != keySize || !p.fits(h) {
		clear(dst)
		return id, ErrProvisioning
	}
	if p == initialKey && !initialID(&id, h) {
		clear(dst)
		return id, ErrProvisioning
	}
	return id, nil
}

// initialID reads the optional block IK (ANSI X9.143, table 8).
func initialID(id *[8]byte, h keyblock.Header) bool {
	for _, o := range h.Optional {
		if o.ID == "IK" {
			n, err := hex.Decode(id[:], []byte(o.Data))
			return err == nil && n == len(id) && len(o.Data) == 2*n
		}
	}
	return false
}
