//go:build linux

package ring

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// maxDescriptors that one answer may bring; one is meant, the rest are closed.
const maxDescriptors = 4

// Ask sends question over a session's socket and returns the answer, of at most
// limit bytes, with the memory that came with it; nil if none came. It is the app
// world's end.
func Ask(socket *net.UnixConn, question []byte, limit int) ([]byte, *os.File, error) {
	if _, err := socket.Write(question); err != nil {
		return nil, nil, fmt.Errorf("ring: ask: %w", err)
	}
	answer, rights := make([]byte, limit), make([]byte, unix.CmsgSpace(4*maxDescriptors))
	n, rn, _, _, err := socket.ReadMsgUnix(answer, rights)
	if err != nil {
		return nil, nil, fmt.Errorf("ring: ask: %w", err)
	}
	files, err := descriptors(rights[:rn])
	if err != nil || len(files) == 0 {
		return answer[:n], nil, err
	}
	for _, f := range files[1:] {
		_ = f.Close() // nobody's
	}
	return answer[:n], files[0], nil
}

func descriptors(rights []byte) (files []*os.File, err error) {
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil {
		return nil, fmt.Errorf("ring: ask: %w", err)
	}
	for _, message := range messages {
		fds, err := unix.ParseUnixRights(&message)
		if err != nil {
			continue // of another type
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "mailbox"))
		}
	}
	return files, nil
}

// Join goes over to memory that Ask brought. It owns both; with its error the
// session has ended, since the other end has gone over already.
func Join(socket *net.UnixConn, memory *os.File) (*Conn, error) {
	mapped, err := attach(memory)
	if err = errors.Join(err, memory.Close()); err != nil {
		return nil, errors.Join(err, socket.Close())
	}
	return newConn(socket, mapped, answers(mapped), questions(mapped), false), nil
}
