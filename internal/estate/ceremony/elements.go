package ceremony

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/internal/provision"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity/authority"
)

// Names of what a group of elements adds to the worlds.
const (
	// Member is the folder with the identity by which an element is member of a group.
	Member = "member"
	// PoolClient is the acquirer's folder with its identity towards groups.
	PoolClient = "pool"
	// Overseer is the MCU's folder with its identity.
	Overseer = "identity"
)

// Make is an element of a group: its world's folder, and its make.
type Make struct{ World, Name string }

// Gather makes a group of elements of the one that the ceremony made, unless that was
// done before: each gets the same keys in blocks under a protection key of its own,
// and an identity that manufacturer and operator certify; so do the MCU and the
// acquirer. The authorities' keys are not kept: another element means another group.
func Gather(dir string, makes []Make) error {
	worlds := filepath.Join(dir, Worlds)
	done := filepath.Join(worlds, "mcu", "group.json") // written last
	if _, err := os.Stat(done); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	first := filepath.Join(worlds, makes[0].World)
	for _, m := range makes[1:] {
		if err := equip(first, filepath.Join(worlds, m.World)); err != nil {
			return fmt.Errorf("key ceremony: equipping %s: %w", m.Name, err)
		}
	}
	if err := identify(worlds, makes); err != nil {
		return fmt.Errorf("key ceremony: identities of the elements: %w", err)
	}
	return putJSON(done, makes)
}

// equip gives another element the keys of the first.
func equip(first, other string) error {
	from, err := os.ReadFile(filepath.Join(first, "kbpk"))
	defer clear(from)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(filepath.Join(first, "keys.json"))
	if err != nil {
		return err
	}
	var f element.KeyFile
	if json.Unmarshal(b, &f) != nil {
		return errors.New("malformed key file")
	}
	to, err := provision.NewProtectionKey()
	defer clear(to)
	if err != nil {
		return err
	}
	if f, err = provision.Rewrap(f, from, to); err != nil {
		return err
	}
	return errors.Join(put(filepath.Join(other, "kbpk"), to), putJSON(filepath.Join(other, "keys.json"), f))
}

func identify(worlds string, makes []Make) error {
	manufacturer, err := authority.New("Demo elements' manufacturer")
	if err != nil {
		return err
	}
	operator, err := authority.New("Demo acquirer's elements")
	if err != nil {
		return err
	}
	for i, m := range makes {
		folder, id := filepath.Join(worlds, m.World, Member), fmt.Sprintf("%s-%d", m.Name, i+1)
		if err := anew(folder, func() error { return authority.WriteElement(folder, id, m.Name, manufacturer, operator) }); err != nil {
			return err
		}
	}
	mcu, client := filepath.Join(worlds, "mcu", Overseer), filepath.Join(worlds, "acquirer", PoolClient)
	return errors.Join(
		anew(mcu, func() error { return authority.WriteMCU(mcu, "mcu-1", manufacturer, operator) }),
		anew(client, func() error { return authority.WriteClient(client, "acquirer", manufacturer, operator) }),
	)
}

// anew writes a folder instead of what a cut-off ceremony left in it.
func anew(folder string, write func() error) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	return write()
}
