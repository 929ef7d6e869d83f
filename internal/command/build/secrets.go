//go:build linux

package build

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// maxSecret is what a token takes for a PIN, and long for a passphrase.
const maxSecret = 255

// secrets come from file descriptors, or from the terminal.
type secrets struct {
	pinFD int
	fds   descriptors
}

// descriptors is a flag that is given several times.
type descriptors []int

func (d *descriptors) String() string { return fmt.Sprint(*d) }

// Set takes one more.
func (d *descriptors) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return errors.New("not a file descriptor")
	}
	*d = append(*d, n)
	return nil
}

func (s *secrets) pin() ([]byte, error) {
	if s.pinFD >= 0 {
		return fromDescriptor(s.pinFD)
	}
	return fromTerminal("PIN of the token: ")
}

// passphrase of the custodian who comes next.
func (s *secrets) passphrase(custodian string) ([]byte, error) {
	if len(s.fds) > 0 {
		fd := s.fds[0]
		s.fds = s.fds[1:]
		return fromDescriptor(fd)
	}
	return fromTerminal("Passphrase of " + custodian + ": ")
}

func fromDescriptor(fd int) ([]byte, error) {
	f := os.NewFile(uintptr(fd), "secret")
	if f == nil {
		return nil, errors.New("no such file descriptor")
	}
	defer f.Close()
	return line(f)
}

// fromTerminal asks without showing what is typed.
func fromTerminal(prompt string) ([]byte, error) {
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
