//go:build linux

package build

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/strongroom-pos/strongroom/internal/command/secret"
)

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
		return secret.FromDescriptor(s.pinFD)
	}
	return secret.FromTerminal("PIN of the token: ")
}

// passphrase of the custodian who comes next.
func (s *secrets) passphrase(custodian string) ([]byte, error) {
	if len(s.fds) > 0 {
		fd := s.fds[0]
		s.fds = s.fds[1:]
		return secret.FromDescriptor(fd)
	}
	return secret.FromTerminal("Passphrase of " + custodian + ": ")
}
