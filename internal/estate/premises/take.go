//go:build linux

package premises

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	lockFile = ".lock" // of a lane or of a home, held while the lane lives
	homeFile = ".home" // for whom a lane's directory is kept when its owner was killed
)

// Take takes a free place for a lane that keeps its things in home. What a
// killed lane of the same home left behind is returned first, as the directory
// from which Keep can still save; the caller removes it by Discard.
func Take(home string) (p *Premises, left []string, err error) {
	top, err := base()
	if err != nil {
		return nil, nil, err
	}
	gate, err := enter(top)
	if err != nil {
		return nil, nil, err
	}
	defer gate.Close()
	if left, err = sweep(top, home); err != nil {
		return nil, nil, err
	}
	for slot := range maxLanes {
		run := filepath.Join(top, strconv.Itoa(slot))
		err := os.Mkdir(run, 0o711) //nolint:gosec // others must pass through
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("premises: %w", err)
		}
		p, err := occupy(run, slot, home)
		return p, left, err
	}
	return nil, nil, errors.New("premises: too many lanes on this machine")
}

func occupy(run string, slot int, home string) (*Premises, error) {
	p := &Premises{run: run, slot: slot, root: os.Geteuid() == 0}
	err := os.Chmod(run, 0o711) //nolint:gosec // others must pass through
	if err == nil {
		p.held, err = lock(filepath.Join(run, lockFile))
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(run, homeFile), []byte(home), 0o600)
	}
	if err == nil {
		err = p.prepare()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(run))
	}
	return p, nil
}

// sweep looks at what killed lanes left: what belongs to home is kept for it,
// what belongs to nobody any more is removed.
func sweep(top, home string) (mine []string, err error) {
	entries, err := os.ReadDir(top)
	if err != nil {
		return nil, fmt.Errorf("premises: %w", err)
	}
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue
		}
		run := filepath.Join(top, e.Name())
		held, err := lock(filepath.Join(run, lockFile))
		if err != nil {
			continue // it lives
		}
		owner, _ := os.ReadFile(filepath.Join(run, homeFile))
		_, gone := os.Stat(string(owner)) //nolint:gosec // written by us, and only looked at
		switch {
		case home != "" && string(owner) == home:
			mine = append(mine, run)
		case len(owner) == 0 || errors.Is(gone, fs.ErrNotExist):
			_ = os.RemoveAll(run) // nobody waits for it
		}
		_ = held.Close()
	}
	return mine, nil
}

// Discard removes what a killed lane left, once it is saved.
func Discard(run string) error { return os.RemoveAll(run) }

var errHeld = errors.New("premises: held by another process")

// lock takes an advisory lock, which the machine gives up with the process.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("premises: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, errHeld
	}
	return f, nil
}

// enter locks the directory of all lanes, so that one process at a time looks
// around in it. The last lane removes it: who waited for one that is gone makes
// it anew.
func enter(top string) (*os.File, error) {
	for {
		if err := os.MkdirAll(top, 0o711); err != nil { //nolint:gosec // others must pass through
			return nil, fmt.Errorf("premises: %w", err)
		}
		f, err := os.Open(top)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("premises: %w", err)
		}
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
			return nil, errors.Join(fmt.Errorf("premises: %w", err), f.Close())
		}
		if same(f, top) {
			return f, nil
		}
		_ = f.Close()
	}
}

func same(f *os.File, path string) bool {
	held, err := f.Stat()
	there, errThere := os.Stat(path)
	return err == nil && errThere == nil && os.SameFile(held, there)
}

// Hold locks a lane's home: one lane at a time.
func Hold(home string) (*os.File, error) {
	f, err := lock(filepath.Join(home, lockFile))
	if errors.Is(err, errHeld) {
		return nil, fmt.Errorf("a lane is running from %s already", home)
	}
	return f, err
}
