//go:build linux

package premises

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/internal/estate/child"
)

// worlds is the folder of a home in which the worlds' things are kept.
const worlds = "worlds"

// MoveIn copies what home keeps of each world into the world's directory here,
// and gives it to the world's user.
func (p *Premises) MoveIn(home string) error {
	if err := repair(home); err != nil {
		return err
	}
	for _, w := range Worlds() {
		from := filepath.Join(home, worlds, string(w))
		if err := os.MkdirAll(from, 0o700); err != nil {
			return fmt.Errorf("premises: %w", err)
		}
		user := p.User(w)
		if w == SecureWorld {
			user = nil // boot's; the storage is given below
		}
		if err := copyTree(from, p.Of(w), user); err != nil {
			return fmt.Errorf("premises: moving %s in: %w", w, err)
		}
	}
	return p.giveStorage()
}

// Storage is what becomes the kernel's file system.
func (p *Premises) Storage() string { return filepath.Join(p.Of(SecureWorld), "storage") }

func (p *Premises) giveStorage() error {
	return filepath.WalkDir(p.Storage(), func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return p.Give(path, SecureWorld)
	})
}

// Keep copies all worlds' things from a run directory back home. They change
// places in one step, so that all worlds are of one moment whatever is cut off.
func Keep(run, home string) error {
	next := filepath.Join(home, worlds+".next")
	if err := os.RemoveAll(next); err != nil {
		return fmt.Errorf("premises: %w", err)
	}
	for _, w := range Worlds() {
		if err := copyTree(filepath.Join(run, string(w)), filepath.Join(next, string(w)), nil); err != nil {
			return fmt.Errorf("premises: keeping %s: %w", w, err)
		}
	}
	old := filepath.Join(home, worlds+".old")
	if err := os.Rename(filepath.Join(home, worlds), old); err != nil {
		return fmt.Errorf("premises: %w", err)
	}
	if err := os.Rename(next, filepath.Join(home, worlds)); err != nil {
		return fmt.Errorf("premises: %w", err)
	}
	return os.RemoveAll(old)
}

// repair finishes what a cut-off Keep began: between its two renames the older
// state is the whole one.
func repair(home string) error {
	now, old := filepath.Join(home, worlds), filepath.Join(home, worlds+".old")
	if _, err := os.Stat(now); !errors.Is(err, fs.ErrNotExist) {
		return os.RemoveAll(old)
	}
	if err := os.Rename(old, now); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("premises: %w", err)
	}
	return nil
}

// copyTree copies folders and regular files with their modes; sockets and the
// like belong to a run and stay behind.
func copyTree(from, to string, u *child.User) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, name)
		switch {
		case d.IsDir():
			err = os.MkdirAll(target, 0o700)
		case d.Type().IsRegular():
			err = copyFile(path, target, 0o600)
		default:
			return nil
		}
		if err == nil && u != nil {
			err = os.Lchown(target, int(u.UID), int(u.GID))
		}
		return err
	})
}

func copyFile(from, to string, mode fs.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Chmod(mode), out.Close())
}

// Install copies a program in, so that a rebuild does not change a running lane.
func (p *Premises) Install(from, name string) error {
	if err := copyFile(from, p.Program(name), 0o555); err != nil {
		return fmt.Errorf("premises: installing %s: %w", name, err)
	}
	return nil
}
