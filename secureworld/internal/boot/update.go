package boot

import (
	"encoding/hex"
	"errors"
	"time"

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
func (b *Boot) stage(c contents) (uint64, control.Reason) {
	if b.pending() != control.NoPlace {
		return 0, control.ReasonBusy
	}
	p := b.slots.Spare(b.now.place)
	if err := b.slots.Fill(p, c.files); err != nil {
		b.must(err)
		return 0, control.ReasonDisk
	}
	l, err := b.load(p)
	if err != nil {
		b.log.Warn("image refused", "place", p.String(), "reason", err.Error())
		return b.versionAt(p), reasonOf(err)
	}
	defer l.close()
	version := l.manifest.Version
	if l.manifest.Customer != b.now.manifest.Customer {
		return version, control.ReasonCustomer
	}
	if err := b.slots.Keep(p); err != nil {
		b.must(err)
		return version, control.ReasonDisk
	}
	b.note(control.EventStaged, p, control.Accepted, version)
	return version, control.Accepted
}

// activate makes an image pending if it verifies; one that does not cover the
// counter's version any more is told now and not at the next start.
func (b *Boot) activate(p control.Place) (uint64, control.Reason) {
	switch {
	case b.slots == nil:
		return 0, control.ReasonNotKept
	case b.pending() != control.NoPlace:
		return 0, control.ReasonBusy
	case p < control.Factory || p > control.SlotB, p != control.Factory && b.slots.Record().State(p) == control.Empty, p == b.now.place:
		return 0, control.ReasonNothing
	}
	l, err := b.load(p)
	if err != nil {
		b.must(b.slots.Refused(reasonOf(err)))
		return b.versionAt(p), reasonOf(err)
	}
	defer l.close()
	if err := b.slots.Activate(p); err != nil {
		b.must(err)
		return l.manifest.Version, control.ReasonDisk
	}
	return l.manifest.Version, control.Accepted
}

// relicense puts another licence in the place of the one in force, so that the
// app world can be updated while the kernel goes on. Boot's door takes it at
// once, the kernel at its next start.
func (b *Boot) relicense(c contents) (uint64, control.Reason) {
	if len(c.files) != 1 || c.licence == nil {
		return 0, control.ReasonForm
	}
	next := b.copyOfNow()
	if err := b.licensed(&next, c.licence, time.Now()); err != nil {
		return 0, reasonOf(err)
	}
	if err := b.slots.License(b.now.place, c.licence); err != nil {
		b.must(errors.Join(err, next.papers.Close()))
		return 0, control.ReasonDisk
	}
	b.mu.Lock()
	b.now = &next // the old memory file may be on its way to a kernel: it ends with its last user
	b.mu.Unlock()
	b.note(control.EventLicence, next.place, control.Accepted, next.manifest.Version)
	return next.manifest.Version, control.Accepted
}

func (b *Boot) copyOfNow() loaded {
	b.mu.Lock()
	defer b.mu.Unlock()
	return *b.now
}

func fromHex(digest string) []byte {
	raw, _ := hex.DecodeString(digest) // of a form that was checked
	return raw
}
