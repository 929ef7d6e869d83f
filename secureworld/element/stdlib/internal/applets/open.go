package applets

import (
	"crypto/ed25519"
	"errors"
	"slices"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
)

// Open takes the applets' root key out of a key file, whose blocks are under kbpk, and
// returns the rest of the file, for the other keys. Without an authority there is no
// platform, and a root is not opened.
func Open(file element.KeyFile, kbpk []byte, authority ed25519.PublicKey) (rest element.KeyFile, p *Platform, err error) {
	isRoot := func(e element.KeyEntry) bool { return e.Slot == element.SlotAppletRoot }
	at := slices.IndexFunc(file.Keys, isRoot)
	rest.Keys = slices.DeleteFunc(slices.Clone(file.Keys), isRoot)
	switch roots := len(file.Keys) - len(rest.Keys); {
	case authority == nil && roots <= 1:
		return rest, nil, nil
	case roots != 1:
		return rest, nil, errors.New("applets need one root key, " + string(element.SlotAppletRoot))
	}
	key := make([]byte, keySize)
	defer clear(key)
	_, n, err := keyblock.UnwrapAs(kbpk, []byte(file.Keys[at].Block), key, keyblock.Expect{Usage: "B3", Algorithm: 'A', Mode: 'X'})
	if err != nil || n != keySize {
		return rest, nil, errors.New("the key block of " + string(element.SlotAppletRoot) + " is refused")
	}
	p, err = New(authority, key)
	return rest, p, err
}
