package microvm

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox/spawn"
)

// Config is the part of boot's configuration that is about the machine.
type Config struct {
	// QEMU is the program qemu-system-x86_64.
	QEMU string `json:"qemu"`
	// Linux is a bzImage, Guest the program secureworld/guest, Modules what that
	// Linux has not built in, in the order of loading.
	Linux   File   `json:"linux"`
	Guest   File   `json:"guest"`
	Modules []File `json:"modules"`
	// Disk is the image of the storage's disk. It is made where there is none, and
	// takes in what lies in the storage's folder.
	Disk string `json:"disk"`
	// KVM is "if-working" or "off".
	KVM string `json:"kvm"`
}

// File is a file and what it must be.
type File struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"` // hexadecimal
}

// Check refuses what cannot be started.
func (c Config) Check() error {
	switch {
	case c.QEMU == "" || c.Linux.Path == "" || c.Guest.Path == "" || c.Disk == "":
		return errors.New("configuration: vm needs qemu, linux, guest and disk")
	case len(c.Modules) > maxModules:
		return errors.New("configuration: vm has too many modules")
	case c.KVM != "if-working" && c.KVM != "off":
		return errors.New(`configuration: vm's kvm must be "if-working" or "off"`)
	}
	return nil
}

// file is verified bytes.
type file struct {
	name    string
	content []byte
}

// read reads a file once and holds it against its digest.
func (f File) read() (file, error) {
	name := filepath.Base(f.Path)
	r, err := os.Open(f.Path)
	if err != nil {
		return file{}, fmt.Errorf("the machine's %s: %w", name, err)
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, maxSystem+1))
	if err != nil || len(content) > maxSystem {
		return file{}, fmt.Errorf("the machine's %s cannot be read whole", name)
	}
	if digest := sha256.Sum256(content); hex.EncodeToString(digest[:]) != f.SHA256 {
		return file{}, fmt.Errorf("the machine's %s is not the one that was configured", name)
	}
	return file{name, content}, nil
}

// system is what every machine starts from.
type system struct {
	linux   *os.File // sealed
	guest   file
	modules []file
	digest  [32]byte // of all of it, in order
}

func (c Config) system() (s system, err error) {
	linux, err := c.Linux.read()
	if err != nil {
		return s, err
	}
	if s.guest, err = c.Guest.read(); err != nil {
		return s, err
	}
	sum := sha256.New()
	for _, f := range append([]File{c.Linux, c.Guest}, c.Modules...) {
		fmt.Fprintln(sum, f.SHA256)
	}
	s.digest = [32]byte(sum.Sum(nil))
	for _, m := range c.Modules {
		one, err := m.read()
		if err != nil {
			return s, err
		}
		s.modules = append(s.modules, one)
	}
	s.linux, err = spawn.MemoryFile("linux", linux.content)
	return s, err
}

func (f file) reader() (int64, io.Reader) { return int64(len(f.content)), bytes.NewReader(f.content) }
