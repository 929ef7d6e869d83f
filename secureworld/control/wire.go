package control

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// wire is one end of a connection.
type wire struct{ conn *net.UnixConn }

func (w wire) send(m Message, file *os.File) error {
	packet, err := Encode(m)
	if err != nil {
		return err
	}
	if carriesDescriptor(m.kind()) != (file != nil) {
		return errors.New("control: descriptor missing or too many")
	}
	var rights []byte
	if file != nil {
		rights = unix.UnixRights(int(file.Fd()))
	}
	if _, _, err := w.conn.WriteMsgUnix(packet, rights, nil); err != nil {
		return fmt.Errorf("control: send: %w", err)
	}
	return nil
}

// receive reads one message. The descriptor is the caller's.
func (w wire) receive() (Message, *os.File, error) {
	packet, rights := make([]byte, maxPacket+1), make([]byte, unix.CmsgSpace(4*maxDescriptors))
	n, rn, _, _, err := w.conn.ReadMsgUnix(packet, rights)
	if err == nil && n == 0 {
		err = io.EOF
	}
	if err != nil {
		return nil, nil, fmt.Errorf("control: receive: %w", err)
	}
	files := descriptors(rights[:rn])
	m, err := Parse(packet[:n])
	if err == nil && carriesDescriptor(m.kind()) && len(files) == 1 {
		return m, files[0], nil
	}
	if err == nil && len(files) != 0 || err == nil && carriesDescriptor(m.kind()) {
		err = errMalformed
	}
	for _, f := range files {
		_ = f.Close()
	}
	return m, nil, err
}

// descriptors takes over what came, whatever it is.
func descriptors(rights []byte) []*os.File {
	var files []*os.File
	messages, _ := unix.ParseSocketControlMessage(rights) // what does not parse carries none
	for _, message := range messages {
		fds, _ := unix.ParseUnixRights(&message)
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "passed"))
		}
	}
	return files
}
