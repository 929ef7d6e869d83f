package storage

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

var errCut = errors.New("power cut")

// file has what programs read and what a power cut would leave.
type file struct {
	now, durable []byte
	changed      bool
}

// disk is a Disk whose power can be cut before any of its operations. What was
// not synced is then lost, there, or torn; names and contents each on their own.
type disk struct {
	names, durable map[string]*file
	operations     int
	cutAt          int // the operation that does not happen any more, nor any later; 0 never
	fail           map[int]bool
}

func newDisk() *disk { return &disk{names: map[string]*file{}, durable: map[string]*file{}} }

func (d *disk) step() error {
	d.operations++
	if d.cutAt != 0 && d.operations >= d.cutAt {
		return errCut
	}
	if d.fail[d.operations] {
		return errors.New("input/output error")
	}
	return nil
}

func (d *disk) Read(name string, limit int) ([]byte, error) {
	f := d.names[name]
	if f == nil {
		return nil, fs.ErrNotExist
	}
	return bytes.Clone(f.now[:min(len(f.now), limit+1)]), nil
}

func (d *disk) Write(name string, b []byte) error {
	if err := d.step(); err != nil {
		if f := d.names[name]; f != nil && errors.Is(err, errCut) && d.operations == d.cutAt {
			f.now, f.changed = append(bytes.Clone(b[:len(b)/2]), f.now[min(len(f.now), len(b)/2):]...), true
		}
		return err
	}
	f := d.names[name]
	if f == nil {
		f = &file{}
		d.names[name] = f
	}
	f.now, f.changed = bytes.Clone(b), true
	return nil
}

func (d *disk) Sync(name string) error {
	if err := d.step(); err != nil {
		return err
	}
	f := d.names[name]
	if f == nil {
		return fs.ErrNotExist
	}
	f.durable, f.changed = bytes.Clone(f.now), false
	return nil
}

func (d *disk) SyncNames() error {
	if err := d.step(); err != nil {
		return err
	}
	d.durable = maps.Clone(d.names)
	return nil
}

func (d *disk) Remove(name string) error {
	if err := d.step(); err != nil {
		return err
	}
	delete(d.names, name)
	return nil
}

func (d *disk) Names() ([]string, error) { return slices.Sorted(maps.Keys(d.names)), nil }

// Outcomes of a power cut beside those drawn by lot.
const (
	allLost = iota
	allThere
	processDied // no power cut: the system keeps what was written
	drawn
)

// after is the disk that is found when the power is back.
func (d *disk) after(outcome int) *disk {
	lot := rand.New(rand.NewPCG(uint64(outcome), 1))
	kept := func() bool { return outcome == allThere || outcome >= drawn && lot.IntN(2) == 0 }
	e := newDisk()
	if outcome == processDied {
		for name, f := range d.names {
			e.names[name] = &file{bytes.Clone(f.now), bytes.Clone(f.durable), f.changed}
			if d.durable[name] == f {
				e.durable[name] = e.names[name]
			}
		}
		return e
	}
	all := maps.Clone(d.durable)
	maps.Copy(all, d.names)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		f := d.durable[name]
		if now := d.names[name]; now != f && kept() {
			f = now
		}
		if f != nil {
			b := f.content(kept(), outcome >= drawn && lot.IntN(3) == 0)
			e.names[name] = &file{now: b, durable: b}
		}
	}
	e.durable = maps.Clone(e.names)
	return e
}

func (f *file) content(kept, torn bool) []byte {
	switch {
	case !f.changed:
		return bytes.Clone(f.now)
	case torn:
		return bytes.Clone(f.now[:len(f.now)/3])
	case kept:
		return bytes.Clone(f.now)
	}
	return bytes.Clone(f.durable)
}

// copied is the disk at this moment, as somebody would copy it.
func (d *disk) copied() *disk { return d.after(allThere) }

// anchor is a counter that can fail with the disk: before it is raised, and after.
type anchor struct {
	n    uint64
	disk *disk
}

func (a *anchor) Read() (uint64, error) { return a.n, nil }

func (a *anchor) Raise(n uint64) error {
	if a.disk != nil {
		if err := a.disk.step(); err != nil {
			return err
		}
	}
	if n < a.n {
		return errors.New("the anchor would go down")
	}
	a.n = n
	if a.disk != nil {
		return a.disk.step()
	}
	return nil
}

func TestAFolderBehavesAsADisk(t *testing.T) {
	d, err := NewFolder(t.TempDir() + "/spaces")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Read("a", 10); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if err := errors.Join(d.Write("a", []byte("longer")), d.Write("a", []byte("short")), d.Sync("a"), d.SyncNames()); err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int]string{10: "short", 5: "short", 3: "shor"} {
		if b, err := d.Read("a", limit); err != nil || string(b) != want {
			t.Errorf("limit %d: %q, %v", limit, b, err)
		}
	}
	if names, err := d.Names(); err != nil || !slices.Equal(names, []string{"a"}) {
		t.Errorf("%q, %v", names, err)
	}
	if err := errors.Join(d.Remove("a"), d.Remove("a")); err != nil {
		t.Error(err)
	}
}
