// Package durabletest is a disk whose power is cut: at every byte of every write
// and at every other step, with what was not synced lost, kept or half kept.
//
// Only tests import it.
package durabletest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/internal/durable"
)

// ErrCut is what every step after the cut returns.
var ErrCut = errors.New("power is cut")

// Disk is a simulated disk that mirrors what it holds to a real folder too, so
// that code which reads by package os sees it. Its power is cut after a number
// of steps: one for each byte written, one for each sync, rename, removal and
// new folder.
type Disk struct {
	root   string
	left   int   // steps until the cut; below zero: never
	Steps  int   // taken so far
	Edges  []int // the steps at which a call began or ended
	live   map[string]*node
	stable map[string]*node
}

// node is a file or, with folder set, a folder.
type node struct {
	folder       bool
	live, stable []byte
}

// New takes over what lies below root, as durable.
func New(t testing.TB, root string) *Disk {
	t.Helper()
	d := &Disk{root: root, left: -1, live: map[string]*node{}, stable: map[string]*node{}}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		n := &node{folder: e.IsDir()}
		if e.Type().IsRegular() {
			if n.live, err = os.ReadFile(path); err != nil {
				return err
			}
			n.stable = n.live
		} else if !e.IsDir() {
			return nil
		}
		d.live[path], d.stable[path] = n, n
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// CutAfter cuts the power when so many more steps were taken.
func (d *Disk) CutAfter(steps int) { d.left = steps }

// step takes up to n steps and tells how many were possible.
func (d *Disk) step(n int) (int, error) {
	d.Edges = append(d.Edges, d.Steps, min(d.Steps+1, d.Steps+n), d.Steps+n)
	if d.left >= 0 && n > d.left {
		n = d.left
		d.left, d.Steps = 0, d.Steps+n
		return n, ErrCut
	}
	if d.left >= 0 {
		d.left -= n
	}
	d.Steps += n
	return n, nil
}

// Write writes as many bytes as the power lasts; making the name is one step.
func (d *Disk) Write(path string, content []byte) error {
	if _, err := d.step(1); err != nil {
		return err
	}
	n, cut := d.step(len(content))
	f := &node{live: append([]byte(nil), content[:n]...)}
	if old := d.live[path]; old != nil {
		f.stable = old.stable // the same file, emptied
		*old = *f
	} else {
		d.live[path] = f
	}
	return errors.Join(cut, (durable.OS{}).Write(path, content[:n]))
}

// Sync makes a file's content or a folder's names durable.
func (d *Disk) Sync(path string) error {
	if _, err := d.step(1); err != nil {
		return err
	}
	if n := d.live[path]; n != nil && !n.folder {
		n.stable = n.live
		return nil
	}
	for name := range d.stable {
		if filepath.Dir(name) == path && d.live[name] == nil {
			d.drop(d.stable, name)
		}
	}
	for name, n := range d.live {
		if filepath.Dir(name) == path {
			d.stable[name] = n
		}
	}
	return nil
}

// Rename moves a file.
func (d *Disk) Rename(from, to string) error {
	if _, err := d.step(1); err != nil {
		return err
	}
	d.live[to] = d.live[from]
	delete(d.live, from)
	return (durable.OS{}).Rename(from, to)
}

// Remove removes a file or a folder.
func (d *Disk) Remove(path string) error {
	if _, err := d.step(1); err != nil {
		return err
	}
	d.drop(d.live, path)
	return (durable.OS{}).Remove(path)
}

func (d *Disk) drop(names map[string]*node, path string) {
	for name := range names {
		if name == path || strings.HasPrefix(name, path+"/") {
			delete(names, name)
		}
	}
}

// MakeFolder makes a folder.
func (d *Disk) MakeFolder(path string) error {
	if _, err := d.step(1); err != nil {
		return err
	}
	if d.live[path] == nil {
		d.live[path] = &node{folder: true}
	}
	return (durable.OS{}).MakeFolder(path)
}

// Loss is what a cut does to what was not synced.
type Loss struct{ Names, Contents bool }

// Losses are the four ways; a real disk may do any of them.
func Losses() map[string]Loss {
	return map[string]Loss{
		"all kept": {}, "contents lost": {Contents: true}, "names lost": {Names: true}, "all lost": {Names: true, Contents: true},
	}
}

// After writes what is left after the cut to the real folder, in place of all
// that is there.
func (d *Disk) After(t testing.TB, loss Loss) {
	t.Helper()
	names := d.live
	if loss.Names {
		names = d.stable
	}
	if err := clear(d.root); err != nil {
		t.Fatal(err)
	}
	for path, n := range names {
		content := n.live
		if loss.Contents {
			content = n.stable
		}
		if err := put(path, n.folder, content); err != nil {
			t.Fatal(err)
		}
	}
}

func clear(root string) error {
	entries, err := os.ReadDir(root)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(root, e.Name())))
	}
	return err
}

// put writes a file; a folder whose own name was lost is there all the same, as
// it would be after a repair.
func put(path string, folder bool, content []byte) error {
	if folder {
		return os.MkdirAll(path, 0o700)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o600)
}
