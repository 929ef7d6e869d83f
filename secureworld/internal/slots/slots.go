// Package slots keeps kernel images in two slots, a and b, beside the factory
// image, and knows which of them starts: the pending one while it has tries left,
// the active one, and where that fails whatever else verifies.
//
//	FOLDER/record      which is active, which pending, how often it was tried
//	FOLDER/history     what happened, the last lines
//	FOLDER/a, FOLDER/b one image each: kernel, kernel.manifest, licence,
//	                   NAME.wasm and NAME.statement for each application,
//	                   NAME.countersignature where the customer gave one
//	FOLDER/licence.PLACE   a newer licence for the image of that place
//
// The record is the only truth: it is replaced in one step, and a slot that it
// calls empty may hold anything. It needs no key. It carries a digest against
// damage, and what it names is verified by its signatures at each start: who can
// write the folder can choose among signed images above the anti-rollback
// counter, as the operator can.
//
// Boot imports it. It verifies nothing itself.
package slots

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/internal/durable"
	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
)

// MaxTries is how often a pending image is started before it is given up.
const MaxTries = 3

// Files of a slot.
const (
	FileKernel   = "kernel"
	FileManifest = "kernel.manifest"
	FileLicence  = "licence"

	moduleSuffix           = ".wasm"
	statementSuffix        = ".statement"
	countersignatureSuffix = ".countersignature"
)

// Slots is the folder. Not for use by several goroutines.
type Slots struct {
	folder string
	disk   durable.Disk
	record Record
}

// Open reads the record. Where there is none the factory image is active and the
// slots are empty. Of a damaged one err tells although the slots can be used: the
// factory image is active, and where it may not start any more, what lies in a
// slot and verifies does.
func Open(folder string, disk durable.Disk) (s *Slots, err error) {
	s = &Slots{folder: folder, disk: disk, record: Record{Active: control.Factory, A: control.Bad, B: control.Bad}}
	if err := disk.MakeFolder(folder); err != nil {
		return nil, fmt.Errorf("slots: %w", err)
	}
	record, err := readRecord(s.path(recordFile))
	if err == nil {
		s.record = record
	}
	return s, err
}

// Record tells how the slots stand.
func (s *Slots) Record() Record { return s.record }

func (s *Slots) path(name string) string { return filepath.Join(s.folder, name) }

func (s *Slots) slot(p control.Place) string { return s.path(p.String()) }

// set replaces the record; it is durable when set returns.
func (s *Slots) set(r Record) error {
	if err := durable.Replace(s.disk, s.path(recordFile), r.encode()); err != nil {
		return fmt.Errorf("slots: %w", err)
	}
	s.record = r
	return nil
}

// Order is in which order places are to be tried at a start, best first.
func (s *Slots) Order() []control.Place {
	r := s.record
	var order []control.Place
	add := func(p control.Place) {
		for _, other := range order {
			if other == p {
				return
			}
		}
		if p != control.NoPlace && (p == control.Factory || r.State(p) != control.Empty) {
			order = append(order, p)
		}
	}
	if r.Tries < MaxTries {
		add(r.Pending)
	}
	add(r.Active)
	for _, state := range []control.State{control.Good, control.Staged, control.Bad} {
		for _, p := range []control.Place{control.SlotA, control.SlotB} {
			if r.State(p) == state {
				add(p)
			}
		}
		if state == control.Good {
			add(control.Factory)
		}
	}
	return order
}

// Spare is where the next image goes: not where the active or the running one
// lies.
func (s *Slots) Spare(running control.Place) control.Place {
	for _, p := range []control.Place{control.SlotA, control.SlotB} {
		if p != s.record.Active && p != running {
			return p
		}
	}
	return control.NoPlace
}

// Fill writes an image into a slot, which the record calls empty meanwhile. It
// stays so until Keep.
func (s *Slots) Fill(p control.Place, files map[string][]byte) error {
	r := s.record
	r.setState(p, control.Empty)
	if r.Pending == p {
		r.Pending, r.Tries = control.NoPlace, 0
	}
	if err := s.set(r); err != nil {
		return err
	}
	if err := s.write(p, files); err != nil {
		return fmt.Errorf("slots: filling %s: %w", p, err)
	}
	return nil
}

func (s *Slots) write(p control.Place, files map[string][]byte) error {
	for _, old := range []string{s.slot(p), s.licence(p)} {
		if err := s.disk.Remove(old); err != nil {
			return err
		}
	}
	if err := s.disk.MakeFolder(s.slot(p)); err != nil {
		return err
	}
	for _, name := range sorted(files) {
		if err := durable.Create(s.disk, filepath.Join(s.slot(p), name), files[name]); err != nil {
			return err
		}
	}
	if err := s.disk.Sync(s.slot(p)); err != nil {
		return err
	}
	return s.disk.Sync(s.folder)
}

func sorted(files map[string][]byte) []string {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Keep says that a filled slot was read back and verified.
func (s *Slots) Keep(p control.Place) error {
	r := s.record
	r.setState(p, control.Staged)
	return s.set(r)
}

// Activate makes an image pending: the next start tries it.
func (s *Slots) Activate(p control.Place) error {
	r := s.record
	r.Pending, r.Tries = p, 0
	return s.set(r)
}

// Try counts a start of the pending image, before it starts.
func (s *Slots) Try() error {
	r := s.record
	r.Tries++
	return s.set(r)
}

// Prove makes the image that proved healthy the active one.
func (s *Slots) Prove(p control.Place) error {
	r := s.record
	if r.Pending == p {
		r.Pending, r.Tries = control.NoPlace, 0
	}
	r.Active = p
	r.setState(p, control.Good)
	if r == s.record {
		return nil
	}
	return s.set(r)
}

// GiveUp ends the trial of the pending image.
func (s *Slots) GiveUp(why control.Reason) error {
	r := s.record
	r.setState(r.Pending, control.Bad)
	r.Pending, r.Tries, r.Reason = control.NoPlace, 0, why
	return s.set(r)
}

// Refused remembers why something was refused.
func (s *Slots) Refused(why control.Reason) error {
	if s.record.Reason == why {
		return nil
	}
	r := s.record
	r.Reason = why
	return s.set(r)
}

// Files are where the image of a slot lies.
func (s *Slots) Files(p control.Place) image.Files {
	in := func(name string) string { return filepath.Join(s.slot(p), name) }
	files := image.Files{Kernel: in(FileKernel), Manifest: in(FileManifest)}
	entries, _ := os.ReadDir(s.slot(p)) // what is missing does not verify
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), moduleSuffix); ok {
			files.Applications = append(files.Applications, image.ApplicationFiles{Module: in(e.Name()), Statement: in(name + statementSuffix), Countersignature: in(name + countersignatureSuffix)})
		}
	}
	return files
}

// Licences are where a licence for the image of a place may lie, newest first;
// own is where it came with the image.
func (s *Slots) Licences(p control.Place, own string) []string {
	if p != control.Factory {
		own = filepath.Join(s.slot(p), FileLicence)
	}
	return []string{s.licence(p), own}
}

// License replaces the licence for the image of a place.
func (s *Slots) License(p control.Place, licence []byte) error {
	if err := durable.Replace(s.disk, s.licence(p), licence); err != nil {
		return fmt.Errorf("slots: %w", err)
	}
	return nil
}

func (s *Slots) licence(p control.Place) string { return s.path(FileLicence + "." + p.String()) }

// FileName is the name in a slot of a file handed in.
func FileName(f control.File) (string, bool) {
	switch f.Role {
	case control.RoleKernel:
		return FileKernel, true
	case control.RoleManifest:
		return FileManifest, true
	case control.RoleLicence:
		return FileLicence, true
	case control.RoleModule:
		return f.Name + moduleSuffix, image.NameForm(f.Name)
	case control.RoleStatement:
		return f.Name + statementSuffix, image.NameForm(f.Name)
	case control.RoleCountersignature:
		return f.Name + countersignatureSuffix, image.NameForm(f.Name)
	}
	return "", false
}
