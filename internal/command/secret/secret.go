//go:build linux

// Package secret takes a PIN or a passphrase from who runs the operator's command: from
// a file descriptor or at the terminal, never as an argument or from the environment,
// which others can read. The caller clears what it gets.
//
// Only the operator's command imports it.
package secret

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// maxSecret is what a token takes for a PIN, and long for a passphrase.
const maxSecret = 255

// FromDescriptor reads one line from a descriptor that this process inherited.
func FromDescriptor(fd int) ([]byte, error) {
	f := os.NewFile(uintptr(fd), "secret")
	if f == nil {
		return nil, errors.New("no such file descriptor")
	}
	defer f.Close()
	return line(f)
}

// FromTerminal asks without showing what is typed.
func FromTerminal(prompt string) ([]byte, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, errors.New("there is no terminal to ask at: name a file descriptor")
	}
	defer tty.Close()
	fd := int(tty.Fd()) //nolint:gosec // a descriptor
	before, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, err
	}
	silent := *before
	silent.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(fd, unix.TCSETSF, &silent); err != nil {
		return nil, err
	}
	defer func() {
		_ = unix.IoctlSetTermios(fd, unix.TCSETS, before)
		fmt.Fprintln(tty)
	}()
	fmt.Fprint(tty, prompt)
	return line(tty)
}

// line reads the first line, byte by byte, so that nothing of it stays in a buffer.
func line(r io.Reader) ([]byte, error) {
	room := make([]byte, 0, maxSecret+1)
	for len(room) <= maxSecret {
		n, err := r.Read(room[len(room) : len(room)+1])
		room = room[:len(room)+n]
		if bytes.HasSuffix(room, []byte("\n")) || errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading a secret: %w", err)
		}
	}
	out := bytes.TrimSuffix(room, []byte("\n"))
	if len(out) == 0 || len(out) > maxSecret {
		clear(room)
		return nil, errors.New("a secret has 1 to 255 characters, on one line")
	}
	return out, nil
}
