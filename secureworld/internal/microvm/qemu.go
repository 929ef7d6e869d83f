//go:build linux

package microvm

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/internal/microvm/initramfs"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox/spawn"
)

// qemu is one started QEMU.
type qemu struct {
	child   *spawn.Child
	held    bool // the child holds QEMU, which changes its user
	console *console
	ports   map[string]*net.UnixConn // our ends
	empty   string                   // the folder that became its root
}

// launch starts QEMU with everything that it gets as open files.
func (m *Machines) launch(cfg spawn.Config, a attempt) (q *qemu, err error) {
	archive, err := m.system.archive(cfg.Program)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	disk, err := openDisk(m.disk, cfg.Directory)
	if err != nil {
		return nil, err
	}
	defer disk.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	out, err := openConsole(cfg.Errors)
	if err != nil {
		return nil, err
	}
	files := []*os.File{null, out.theirs, out.theirs, m.system.linux, archive, disk}
	q = &qemu{ports: map[string]*net.UnixConn{}, console: out}
	defer func() {
		if err != nil {
			q.close()
		}
	}()
	for _, name := range initramfs.Ports() {
		theirs, err := q.port(name)
		if err != nil {
			return nil, err
		}
		defer theirs.Close()
		files = append(files, theirs)
	}
	if err := q.makeRoot(cfg.Without); err != nil {
		return nil, err
	}
	program, arguments := m.qemu, append([]string{"strongroom-vm"}, arguments(a, m.user, q.empty)...)
	if q.held = m.user != "" && !cfg.Without; q.held {
		program, arguments = spawn.Holding(len(files), program, arguments)
	}
	q.child, err = spawn.Launch(func() (*os.Process, error) {
		return os.StartProcess(program, arguments, &os.ProcAttr{
			Dir: "/", Env: []string{"LC_ALL=C"}, Files: files, Sys: spawn.Attributes(cfg.Without),
		})
	})
	_ = out.theirs.Close() // QEMU has its own
	return q, err
}

// pid is QEMU's own.
func (q *qemu) pid() int {
	if q.held {
		return spawn.HeldBy(q.child.PID())
	}
	return q.child.PID()
}

// signaled tells whether QEMU was ended by a signal.
func (q *qemu) signaled() bool {
	s := q.child.Status()
	return s.Signaled() || q.held && spawn.HeldSignaled(s.ExitStatus())
}

// port makes a socket pair: our end is kept, QEMU's returned.
func (q *qemu) port(name string) (*os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("make port: %w", err)
	}
	ours, theirs := os.NewFile(uintptr(fds[0]), name), os.NewFile(uintptr(fds[1]), name)
	defer ours.Close()
	conn, err := net.FileConn(ours)
	if err != nil {
		return nil, errors.Join(err, theirs.Close())
	}
	q.ports[name] = conn.(*net.UnixConn) //nolint:forcetypeassert // it is of AF_UNIX
	return theirs, nil
}

// makeRoot makes an empty folder for who may change its root: root, or whoever has
// a user namespace.
func (q *qemu) makeRoot(without bool) (err error) {
	if without && spawn.UserNamespace() {
		return nil
	}
	if q.empty, err = os.MkdirTemp("", "strongroom-vm-"); err != nil {
		return err
	}
	return os.Chmod(q.empty, 0o555) //nolint:gosec // an empty folder
}

// close ends QEMU, if it runs, and all ports.
func (q *qemu) close() {
	if q.child != nil {
		q.child.Kill()
		<-q.child.Done()
	}
	q.shut()
	q.console.close()
	q.forgetRoot()
}

// forgetRoot removes the name of QEMU's root, which it keeps all the same.
func (q *qemu) forgetRoot() {
	if q.empty != "" {
		_ = os.Remove(q.empty)
	}
	q.empty = ""
}

// shut ends who reads from a port.
func (q *qemu) shut() {
	for _, p := range q.ports {
		_ = p.Close() // again, perhaps
	}
}
