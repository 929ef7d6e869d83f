package upkeep

import (
	"encoding/hex"

	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
	"github.com/strongroom-pos/strongroom/secureworld/internal/slots"
)

// contents are the files that the operator handed in: by their names in a slot,
// and, of an application alone, by what they are.
type contents struct {
	files map[string][]byte

	name                                string
	module, statement, countersignature []byte
	licence                             []byte
}

func read(uploads []control.Upload) (contents, control.Reason) {
	c := contents{files: map[string][]byte{}}
	for _, u := range uploads {
		content, r := u.Content(limitOf(u.Role))
		if r != control.Accepted {
			return c, r
		}
		if name, ok := slots.FileName(u.File); ok {
			c.files[name] = content
		}
		switch u.Role {
		case control.RoleModule:
			c.name, c.module = u.Name, content
		case control.RoleStatement:
			c.statement = content
		case control.RoleCountersignature:
			c.countersignature = content
		case control.RoleLicence:
			c.licence = content
		}
	}
	return c, control.Accepted
}

func limitOf(r control.Role) int64 {
	switch r {
	case control.RoleKernel:
		return image.MaxKernel
	case control.RoleModule:
		return image.MaxModule
	}
	return image.MaxDocument
}

// stage writes an image into the spare slot and verifies what it then reads
// there. A kernel on trial keeps its predecessor: nothing is staged meanwhile.
func (k *Keeper) stage(c contents) (uint64, control.Reason) {
	if k.pending() != control.NoPlace {
		return 0, control.ReasonBusy
	}
	p := k.slots.Spare(k.Now().Place)
	if err := k.slots.Fill(p, c.files); err != nil {
		k.must(err)
		return 0, control.ReasonDisk
	}
	i, err := k.load(p)
	if err != nil {
		k.log.Warn("image refused", "place", p.String(), "reason", err.Error())
		return k.versionAt(p), reasonOf(err)
	}
	defer i.close()
	version := i.Manifest.Version
	if i.Manifest.Customer != k.Now().Manifest.Customer {
		return version, control.ReasonCustomer
	}
	if err := k.slots.Keep(p); err != nil {
		k.must(err)
		return version, control.ReasonDisk
	}
	k.note(control.EventStaged, p, control.Accepted, version)
	return version, control.Accepted
}

// activate makes an image pending if it verifies; one that does not cover the
// counter's version any more is told now and not at the next start.
func (k *Keeper) activate(p control.Place) (uint64, control.Reason) {
	switch {
	case k.slots == nil:
		return 0, control.ReasonNotKept
	case k.pending() != control.NoPlace:
		return 0, control.ReasonBusy
	case p < control.Factory || p > control.SlotB, p != control.Factory && k.slots.Record().State(p) == control.Empty, p == k.Now().Place:
		return 0, control.ReasonNothing
	}
	i, err := k.load(p)
	if err != nil {
		k.must(k.slots.Refused(reasonOf(err)))
		return k.versionAt(p), reasonOf(err)
	}
	defer i.close()
	if err := k.slots.Activate(p); err != nil {
		k.must(err)
		return i.Manifest.Version, control.ReasonDisk
	}
	return i.Manifest.Version, control.Accepted
}

func fromHex(digest string) []byte {
	raw, _ := hex.DecodeString(digest) // of a form that was checked
	return raw
}
