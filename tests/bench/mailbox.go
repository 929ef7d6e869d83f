package main

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// echoVariable makes this program the other end of the raw socket pair.
const echoVariable = "STRONGROOM_BENCH_ECHO"

// pingBytes is a Ping on the wire: frame head and number.
const pingBytes = 4 + 8

// echo gives back what it reads, in pieces of a Ping, until the end.
func echo() int {
	pair := os.NewFile(3, "pair")
	b := make([]byte, pingBytes)
	for {
		if _, err := io.ReadFull(pair, b); err != nil {
			return 0
		}
		if _, err := pair.Write(b); err != nil {
			return 1
		}
	}
}

// measureMailbox sends a number there and back: through the mailbox to the
// kernel, and through a bare socket pair to a process that does nothing else.
func measureMailbox(l *lane) ([]Row, error) {
	raw, stop, err := rawPair()
	if err != nil {
		return nil, err
	}
	defer stop()
	const rounds, each = 20, 200
	var mail, bare []time.Duration
	b := make([]byte, pingBytes)
	for range rounds {
		for n := range each {
			begun := time.Now()
			if err := l.app.Ping(payment.Count(n)); err != nil { //nolint:gosec // no negative number
				return nil, err
			}
			mail = append(mail, time.Since(begun))
		}
		for range each {
			begun := time.Now()
			if _, err := raw.Write(b); err != nil {
				return nil, err
			}
			if _, err := io.ReadFull(raw, b); err != nil {
				return nil, err
			}
			bare = append(bare, time.Since(begun))
		}
	}
	return []Row{row("mailbox round trip, against a raw socket pair", "µs", micros(median(mail)), micros(median(bare)))}, nil
}

// rawPair starts this program again at the other end of a stream pair.
func rawPair() (net.Conn, func(), error) {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "ours"), os.NewFile(uintptr(pair[1]), "theirs")
	defer ours.Close()
	defer theirs.Close()
	conn, err := net.FileConn(ours)
	if err != nil {
		return nil, nil, err
	}
	c := exec.Command("/proc/self/exe")
	c.Env = append(os.Environ(), echoVariable+"=1")
	c.ExtraFiles = []*os.File{theirs}
	if err := c.Start(); err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	return conn, func() { _ = conn.Close(); _ = c.Wait() }, nil
}
