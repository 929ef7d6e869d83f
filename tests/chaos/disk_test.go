//go:build linux

package chaos

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// roomy is a disk's size while it is not full; memory is used as it fills.
const roomy = 4 << 30

// disks are small file systems of three worlds, so that each can be filled by itself:
// what the terminal's journal, the secure world's and the acquirer's books lie on.
type disks struct{ run string }

func diskFolders() map[string]string {
	return map[string]string{"terminal": "terminal", "secure world": "secureworld/storage", "acquirer": "acquirer"}
}

// mount makes them before anything lies there.
func (d *disks) mount(run string) error {
	d.run = run
	for _, folder := range diskFolders() {
		dir := filepath.Join(run, folder)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, sized(roomy)); err != nil {
			return fmt.Errorf("mounting a disk: %w", err)
		}
	}
	return nil
}

func sized(n uint64) string { return fmt.Sprintf("mode=0700,size=%d", n) }

// fill leaves a disk with one free page; the next write of more fails with ENOSPC.
func (d *disks) fill(name string) error {
	dir := filepath.Join(d.run, diskFolders()[name])
	for range 20 { // it may grow between the two calls
		var s unix.Statfs_t
		if err := unix.Statfs(dir, &s); err != nil {
			return err
		}
		used := (s.Blocks - s.Bfree + 1) * uint64(s.Bsize) //nolint:gosec // a page
		err := d.resize(dir, used)
		if !errors.Is(err, unix.EINVAL) {
			return err
		}
	}
	return errors.New("a disk cannot be filled")
}

func (d *disks) free(name string) error {
	return d.resize(filepath.Join(d.run, diskFolders()[name]), roomy)
}

func (d *disks) resize(dir string, n uint64) error {
	return unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT|unix.MS_NOSUID|unix.MS_NODEV, sized(n))
}

// leave takes the disks away under whoever still has files open on them.
func (d *disks) leave() error {
	var errs []error
	for _, folder := range diskFolders() {
		if d.run != "" {
			errs = append(errs, unix.Unmount(filepath.Join(d.run, folder), unix.MNT_DETACH))
		}
	}
	return errors.Join(errs...)
}
