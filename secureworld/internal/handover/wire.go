package handover

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// wire is one end of the socket pair.
type wire struct {
	conn *net.UnixConn
	session
	fromBoot bool // what this end receives comes from boot
}

func newWire(f *os.File, fromBoot bool) (*wire, error) {
	defer f.Close()
	conn, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("handover: descriptor: %w", err)
	}
	unixConn, ok := conn.(*net.UnixConn)
	if !ok {
		return nil, errors.Join(errors.New("handover: descriptor is no unix socket"), conn.Close())
	}
	return &wire{conn: unixConn, fromBoot: fromBoot}, nil
}

// send steps the state, then sends the message with at most one descriptor. The
// caller keeps file.
func (w *wire) send(m Message, file *os.File) error {
	packet, err := Encode(m)
	if err != nil {
		return err
	}
	if carriesDescriptor(m.kind()) != (file != nil) {
		return errors.New("handover: descriptor missing or too many")
	}
	if err := w.step(m.kind()); err != nil {
		return err
	}
	var rights []byte
	if file != nil {
		rights = unix.UnixRights(int(file.Fd()))
	}
	if _, _, err := w.conn.WriteMsgUnix(packet, rights, nil); err != nil {
		return fmt.Errorf("handover: send: %w", err)
	}
	return nil
}

// receive reads one message. The descriptor is the caller's.
func (w *wire) receive() (Message, *os.File, error) {
	packet, rights := make([]byte, maxPacket+1), make([]byte, unix.CmsgSpace(4*maxDescriptors))
	n, rn, _, _, err := w.conn.ReadMsgUnix(packet, rights)
	if err != nil {
		return nil, nil, fmt.Errorf("handover: receive: %w", err)
	}
	files, err := descriptors(rights[:rn])
	if err != nil {
		return nil, nil, err
	}
	m, err := w.admit(packet[:n], len(files))
	if err != nil {
		closeAll(files)
		return nil, nil, err
	}
	if len(files) == 1 {
		return m, files[0], nil
	}
	return m, nil, nil
}

func (w *wire) admit(packet []byte, files int) (Message, error) {
	m, err := Parse(packet)
	if err != nil {
		return nil, err
	}
	want := 0
	if carriesDescriptor(m.kind()) {
		want = 1
	}
	if files != want || (m.kind() < 0x80) != w.fromBoot {
		return nil, errMalformed
	}
	return m, w.step(m.kind())
}

func descriptors(rights []byte) ([]*os.File, error) {
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil {
		return nil, errMalformed
	}
	var files []*os.File
	for _, message := range messages {
		fds, err := unix.ParseUnixRights(&message)
		if err != nil {
			closeAll(files)
			return nil, errMalformed
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "handed over"))
		}
	}
	return files, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close()
	}
}
