// Package initramfs is the first file system of the micro-VM: a cpio archive in the
// form newc (Linux, Documentation/driver-api/early-userspace/buffer-format.rst),
// and the names that boot, which writes it, and the guest, which reads it, share.
//
// Package microvm and the guest import it. What goes in was verified before.
package initramfs

import (
	"fmt"
	"io"
)

// Names in the archive.
const (
	Init    = "init"
	Kernel  = "kernel"
	Modules = "modules"
)

// Disk is the storage's device in the guest.
const Disk = "vda"

// MaxKernel bounds the kernel's program.
const MaxKernel = 64 << 20

// Names of the ports, one for each door.
const (
	PortHandover = "strongroom.handover"
	PortMailbox  = "strongroom.mailbox"
	PortSRED     = "strongroom.sred"
	PortPINEntry = "strongroom.pinentry"
	PortHost     = "strongroom.host"
)

// Ports are all of them.
func Ports() []string {
	return []string{PortHandover, PortMailbox, PortSRED, PortPINEntry, PortHost}
}

// File types of cpio (cpio(5)).
const (
	typeFolder = 0o040000
	typeFile   = 0o100000
)

// Writer writes an archive.
type Writer struct {
	w     io.Writer
	inode int
	err   error
}

// NewWriter begins an archive.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Folder makes a folder.
func (a *Writer) Folder(name string) { a.entry(name, typeFolder|0o755, 0, nil) }

// File makes a file that can be executed and not written.
func (a *Writer) File(name string, size int64, content io.Reader) {
	a.entry(name, typeFile|0o555, size, content)
}

// Close ends the archive. Its error is the first of all.
func (a *Writer) Close() error {
	a.inode = -1
	a.entry("TRAILER!!!", 0, 0, nil)
	return a.err
}

// entry: 13 numbers of 8 hexadecimal digits, the name with a zero behind it, the
// content, each filled up to a multiple of four.
func (a *Writer) entry(name string, mode uint32, size int64, content io.Reader) {
	if a.err != nil {
		return
	}
	if size < 0 || size > 0xffffffff {
		a.err = fmt.Errorf("initramfs: %s: size out of range", name)
		return
	}
	a.inode++
	header := "070701"
	for _, n := range []uint32{uint32(a.inode), mode, 0, 0, 1, 0, uint32(size), 0, 0, 0, 0, uint32(len(name)) + 1, 0} { //nolint:gosec // checked above
		header += fmt.Sprintf("%08X", n)
	}
	a.padded(header + name + "\x00")
	if content == nil {
		return
	}
	n, err := io.Copy(a.w, io.LimitReader(content, size))
	if err == nil && n != size {
		err = fmt.Errorf("initramfs: %s: shorter than announced", name)
	}
	a.note(err)
	a.pad(size)
}

func (a *Writer) padded(s string) {
	_, err := io.WriteString(a.w, s)
	a.note(err)
	a.pad(int64(len(s)))
}

func (a *Writer) pad(n int64) {
	_, err := a.w.Write(make([]byte, (4-n%4)%4))
	a.note(err)
}

func (a *Writer) note(err error) {
	if a.err == nil {
		a.err = err
	}
}
