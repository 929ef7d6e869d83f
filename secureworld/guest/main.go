//go:build linux

// Command guest is the first program of the micro-VM of isolation level vm
// (/init). It prepares the machine, starts the kernel in the same sandbox that boot
// makes on a machine of its own, and stands between the kernel's handover and the
// ports behind which boot is (package carrier).
//
// Trusted as boot is. It must never hold account data, a PIN or a key, and reads
// no byte of what passes through the doors.
package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

func main() {
	if os.Getpid() != 1 {
		fmt.Fprintln(os.Stderr, "guest: this is the first program of a virtual machine")
		os.Exit(2)
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "guest:", err)
	}
	unix.Sync()
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_RESTART) // the machine is started without: it ends
	select {}
}

func run() error {
	ports, program, err := prepare()
	if err != nil {
		return err
	}
	r, err := begin(ports)
	if err != nil {
		return err
	}
	return r.serve(program)
}

// prepare mounts, loads modules, finds the ports, and leaves the memory that the
// machine was started from.
func prepare() (ports map[string]*os.File, program *os.File, err error) {
	if err := mountBase(); err != nil {
		return nil, nil, err
	}
	if err := loadModules(); err != nil {
		return nil, nil, err
	}
	if ports, err = openPorts(); err != nil {
		return nil, nil, err
	}
	if program, err = takeProgram(); err != nil {
		return nil, nil, err
	}
	return ports, program, changeRoot()
}
