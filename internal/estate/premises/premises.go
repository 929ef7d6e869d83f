//go:build linux

// Package premises is where a lane runs: a directory of its own below /run (or
// below the user's own run directory), one folder for each world, users without
// accounts where root starts it, and what is kept between runs.
//
//	RUN/                    0711
//	RUN/bin/                0711, the programs, of root, 0555
//	RUN/doors/              0711, the secure world's sockets
//	RUN/pcscd/              the private pcscd
//	RUN/<world>-door/       0711, the socket of an element or of their MCU
//	RUN/<world>/            0700, of that world's user
//
// Secrets of a demo pass through it from home to run directory and back; it
// looks into none. The estate imports it.
package premises

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/internal/estate/child"
)

// World is a folder with a user of its own.
type World string

// The worlds. Boot runs as whoever started the lane; the kernel has a user.
const (
	SecureWorld World = "secureworld"
	Terminal    World = "terminal"
	Reader      World = "reader"
	PINPad      World = "pinpad"
	Acquirer    World = "acquirer"
	Element     World = "element"

	// The other two members of a group of elements, and their MCU.
	ElementGcrypt World = "element-gcrypt"
	ElementNettle World = "element-nettle"
	MCU           World = "mcu"

	// Hub is the server of the bus between the MCU and who asks.
	Hub World = "hub"
)

// Worlds are all of them.
func Worlds() []World {
	return append([]World{SecureWorld, Terminal, Reader, PINPad, Acquirer}, withDoors()...)
}

// withDoors are those that listen for others in a folder of their own.
func withDoors() []World { return []World{Element, ElementGcrypt, ElementNettle, MCU, Hub} }

const (
	// firstUID begins a range that no distribution gives to accounts and that
	// systemd gives to short-lived services; a lane takes twelve numbers of it.
	firstUID    = 61184
	uidsPerLane = 12
	maxLanes    = 360
)

// Premises are one lane's place.
type Premises struct {
	run  string
	bin  string // below run, or elsewhere where run permits no programs
	slot int
	root bool

	held *os.File // the lock of the directory
}

// Run is the lane's directory.
func (p *Premises) Run() string { return p.run }

// Of is a world's own directory.
func (p *Premises) Of(w World) string { return filepath.Join(p.run, string(w)) }

// Doors is where the secure world's sockets are.
func (p *Premises) Doors() string { return filepath.Join(p.run, "doors") }

// Door is where the socket of an element or of their MCU is.
func (p *Premises) Door(w World) string { return filepath.Join(p.run, string(w)+"-door") }

// PCSC is where the private pcscd is.
func (p *Premises) PCSC() string { return filepath.Join(p.run, "pcscd") }

// Program is the lane's copy of a program.
func (p *Premises) Program(name string) string { return filepath.Join(p.bin, name) }

// Separate tells whether each world has a user of its own.
func (p *Premises) Separate() bool { return p.root }

// User is a world's user, nil where all share one. For the secure world it is
// the kernel's.
func (p *Premises) User(w World) *child.User {
	if !p.root {
		return nil
	}
	for i, other := range Worlds() {
		if other == w {
			id := uint32(firstUID + uidsPerLane*p.slot + i)
			return &child.User{UID: id, GID: id}
		}
	}
	panic("premises: internal error: unknown world")
}

// base is the directory of all lanes of this user.
func base() (string, error) {
	if os.Geteuid() == 0 {
		return "/run/strongroom", nil
	}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		return filepath.Join(dir, "strongroom"), nil
	}
	dir := filepath.Join(os.TempDir(), "strongroom-"+strconv.Itoa(os.Geteuid()))
	return dir, ownedByMe(dir)
}

// ownedByMe: in a directory that everyone may write to, another user could have
// been there first.
func ownedByMe(dir string) error {
	if err := os.Mkdir(dir, 0o700); err == nil || !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if s, ok := info.Sys().(*syscall.Stat_t); !ok || !info.IsDir() || int(s.Uid) != os.Geteuid() {
		return errors.New("premises: the run directory belongs to someone else")
	}
	return nil
}

// noExec tells whether programs may not be started from a directory's file
// system, as on machines that mount /run so.
func noExec(dir string) bool {
	var s unix.Statfs_t
	return unix.Statfs(dir, &s) == nil && s.Flags&unix.ST_NOEXEC != 0
}

// prepare makes the folders.
func (p *Premises) prepare() error {
	p.bin = filepath.Join(p.run, "bin")
	if noExec(p.run) {
		p.bin = filepath.Join("/var/lib/strongroom", strconv.Itoa(p.slot), "bin")
		if !p.root {
			return errors.New("premises: the run directory's file system permits no programs; set XDG_RUNTIME_DIR")
		}
	}
	folders := []string{p.bin, p.Doors(), p.PCSC()}
	for _, w := range withDoors() {
		folders = append(folders, p.Door(w))
	}
	for _, dir := range folders {
		if err := os.MkdirAll(dir, 0o711); err != nil { //nolint:gosec // others must pass through
			return fmt.Errorf("premises: %w", err)
		}
		if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // others must pass through
			return fmt.Errorf("premises: %w", err)
		}
	}
	for _, w := range withDoors() {
		if err := p.own(p.Door(w), p.User(w)); err != nil {
			return err
		}
	}
	return nil
}

func (p *Premises) own(path string, u *child.User) error {
	if u == nil {
		return nil
	}
	if err := os.Lchown(path, int(u.UID), int(u.GID)); err != nil {
		return fmt.Errorf("premises: giving a file to its user: %w", err)
	}
	return nil
}

// Give makes a path a world's own.
func (p *Premises) Give(path string, w World) error { return p.own(path, p.User(w)) }

// Leave removes everything, and the directory of all lanes after the last one.
func (p *Premises) Leave() error {
	top := filepath.Dir(p.run)
	gate, err := enter(top)
	if err != nil {
		return err
	}
	defer gate.Close()
	err = os.RemoveAll(p.run)
	if filepath.Dir(p.bin) != p.run {
		err = errors.Join(err, os.RemoveAll(filepath.Dir(p.bin)))
	}
	_ = os.Remove(top) // fails while others are there
	return errors.Join(err, p.held.Close())
}
