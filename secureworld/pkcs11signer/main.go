//go:build linux

// Command pkcs11signer holds a PKCS#11 token open for the operator's command:
// cgo, and with it a library of the token's maker, stay in this program. It
// answers the questions of package wire on its standard input and ends with it.
//
//	pkcs11signer LIBRARY
//
// The PIN comes as a message, never as an argument or in the environment. Keys
// are made inside the token, not extractable, and found once: a signature names
// the number that the key got then.
//
// BUG(provisioning): the PIN becomes a Go string on its way into the library,
// which nothing can wipe; the program lives as long as one command.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: pkcs11signer LIBRARY")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "pkcs11signer:", err)
		os.Exit(1)
	}
}

func run(library string, in io.Reader, out io.Writer) error {
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return fmt.Errorf("forbidding core files: %w", err)
	}
	t, err := load(library)
	if err != nil {
		return err
	}
	defer t.close()
	s := server{token: t}
	for {
		if err := s.answer(in, out); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
