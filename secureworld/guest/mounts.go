//go:build linux

package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/internal/microvm/initramfs"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox/spawn"
)

// storage is where the disk is, which becomes the kernel's root.
const storage = "/storage"

type mount struct {
	source, target, kind string
	flags                uintptr
	data                 string
}

const plain = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

func mountAll(all ...mount) error {
	for _, m := range all {
		if err := os.MkdirAll(m.target, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(m.source, m.target, m.kind, m.flags, m.data); err != nil {
			return fmt.Errorf("mount %s: %w", m.target, err)
		}
	}
	return nil
}

func below(root string) []mount {
	return []mount{
		{"proc", root + "/proc", "proc", plain, ""},
		{"sys", root + "/sys", "sysfs", plain | unix.MS_RDONLY, ""},
		{"dev", root + "/dev", "devtmpfs", unix.MS_NOSUID, ""},
	}
}

func mountBase() error { return mountAll(below("")...) }

// give gives the storage to the kernel's user: outside it was another's.
func give(uid, gid int) error {
	return filepath.WalkDir(storage, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, gid)
	})
}

// loadModules loads what the stock kernel has not built in, in the order of their
// names.
func loadModules() error {
	modules, err := filepath.Glob("/" + initramfs.Modules + "/*")
	if err != nil {
		return err
	}
	slices.Sort(modules)
	for _, path := range modules {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		if err := unix.FinitModule(int(f.Fd()), "", 0); err != nil && err != unix.EEXIST {
			return fmt.Errorf("load %s: %w", filepath.Base(path), err)
		}
		_ = f.Close()
	}
	return os.RemoveAll("/" + initramfs.Modules)
}

// takeProgram takes the kernel's program out of the memory it came in.
func takeProgram() (*os.File, error) {
	path := "/" + initramfs.Kernel
	program, err := spawn.MemoryFileFrom("kernel", path, initramfs.MaxKernel)
	if err != nil {
		return nil, err
	}
	return program, os.Remove(path)
}

// changeRoot makes an empty file system the root: the first one cannot be left by
// pivot_root, which the kernel's sandbox needs.
func changeRoot() error {
	const root = "/root"
	all := append([]mount{{"root", root, "tmpfs", unix.MS_NOSUID, "size=1m,mode=755"}}, below(root)...)
	all = append(all, mount{"/dev/" + initramfs.Disk, root + storage, "ext4", plain, ""})
	if err := awaitFile("/dev/" + initramfs.Disk); err != nil {
		return err
	}
	if err := mountAll(all...); err != nil {
		return err
	}
	if err := os.Chdir(root); err != nil {
		return err
	}
	if err := unix.Mount(".", "/", "", unix.MS_MOVE, ""); err != nil {
		return fmt.Errorf("change root: %w", err)
	}
	if err := unix.Chroot("."); err != nil {
		return err
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	return os.RemoveAll(storage + "/lost+found") // the kernel would take it for its own
}
