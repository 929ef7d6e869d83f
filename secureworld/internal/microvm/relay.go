//go:build linux

package microvm

import (
	"bytes"
	"io"
	"net"
	"os"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/carrier"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/microvm/initramfs"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox/spawn"
)

// inward takes what boot says, for the kernel, into the machine.
func (v *Machine) inward() {
	defer v.Kill() // boot has gone, or the machine
	for {
		m, file, err := v.relay.Receive()
		if err != nil {
			return
		}
		if err := v.forward(m, file); err != nil {
			return
		}
	}
}

func (v *Machine) forward(m handover.Message, file *os.File) error {
	packet, err := handover.Encode(m)
	if err != nil {
		return err
	}
	if file == nil {
		return v.post.Send(carrier.PostMessage, packet)
	}
	defer file.Close()
	switch c, ok := m.(handover.Connected); {
	case ok:
		return v.connect(c, packet, file)
	case !handover.Furnished(m):
		return nil // memory that both worlds share does not go through a port
	}
	return v.post.SendWith(carrier.PostMessage, packet, io.NewSectionReader(file, 0, carrier.MaxFile+1))
}

// connect carries a connection through its door's port. One that has gone, or that
// a full door closes, is no fault of the machine's.
func (v *Machine) connect(c handover.Connected, packet []byte, file *os.File) error {
	conn, err := net.FileConn(file)
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	if s, ok := conn.(carrier.Conn); ok {
		_ = v.doors[c.Door].Carry(packet, s)
		return nil
	}
	return conn.Close()
}

// outward takes what comes out of the machine to boot.
func (v *Machine) outward() {
	port := v.qemu.ports[initramfs.PortHandover]
	for {
		p, err := carrier.ReadPost(port)
		if err == nil {
			err = v.outPost(p)
		}
		if err != nil {
			v.Kill()
			return
		}
		if p.Kind == carrier.PostEnded {
			return
		}
	}
}

func (v *Machine) outPost(p carrier.Post) error {
	switch p.Kind {
	case carrier.PostContent:
		if v.file.Len()+len(p.Payload) > carrier.MaxFile {
			return carrier.ErrMalformed
		}
		v.file.Write(p.Payload)
		return nil
	case carrier.PostMessage:
		return v.outMessage(p.Payload)
	case carrier.PostWords:
		v.qemu.console.say(p.Payload)
		return nil
	case carrier.PostEnded:
		v.ended(p.Payload)
		return nil
	}
	return carrier.ErrMalformed
}

// outMessage passes on what the kernel says, with a file where one belongs to it.
func (v *Machine) outMessage(packet []byte) error {
	m, err := handover.Parse(packet)
	if err != nil {
		return err
	}
	if !handover.Furnished(m) {
		return v.relay.Send(m, nil)
	}
	file, err := spawn.MemoryFile("out of the machine", v.file.Bytes())
	v.file = bytes.Buffer{}
	if err != nil {
		return err
	}
	defer file.Close()
	return v.relay.Send(m, file)
}

// keepTime keeps the machine's clock near ours.
func (v *Machine) keepTime() {
	every := time.NewTicker(clockEvery)
	defer every.Stop()
	for {
		select {
		case <-v.qemu.child.Done():
			return
		case now := <-every.C:
			if v.post.Send(carrier.PostClock, carrier.EncodeClock(now)) != nil {
				return
			}
		}
	}
}
