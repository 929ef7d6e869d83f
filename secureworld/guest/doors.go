//go:build linux

package main

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/internal/carrier"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/microvm/initramfs"
)

// openDoors carries each door's connections from its own port: what comes by one
// cannot be taken for another's. The channel tells the end of a port, which is the
// end of all.
func (r *relay) openDoors() chan error {
	gone := make(chan error, len(initramfs.Ports())) // and nobody waits for room
	for name, door := range map[string]handover.Door{
		initramfs.PortMailbox: handover.DoorMailbox, initramfs.PortSRED: handover.DoorSRED,
		initramfs.PortPINEntry: handover.DoorPINEntry, initramfs.PortHost: handover.DoorHost,
	} {
		m := carrier.Inside(&port{File: r.ports[name]}, func(opening []byte) (carrier.Conn, error) { return r.connect(door, opening) })
		go func() { gone <- fmt.Errorf("%s carries no more: %w", door, m.Run()) }()
	}
	return gone
}

// connect gives the kernel one end of a new socket pair.
func (r *relay) connect(door handover.Door, opening []byte) (carrier.Conn, error) {
	m, err := handover.Parse(opening)
	if err != nil {
		return nil, err
	}
	c, ok := m.(handover.Connected)
	if !ok || c.Door != door {
		return nil, errors.New("not a connection of this door")
	}
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	theirs, ours := os.NewFile(uintptr(fds[0]), "kernel's end"), os.NewFile(uintptr(fds[1]), "our end")
	defer theirs.Close()
	defer ours.Close()
	conn, err := net.FileConn(ours)
	if err != nil {
		return nil, err
	}
	if err := r.link.Send(c, theirs); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn.(*net.UnixConn), nil //nolint:forcetypeassert // it is of AF_UNIX
}
