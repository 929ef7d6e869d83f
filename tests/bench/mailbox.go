package main

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// echoVariable makes this program the other end of the raw socket pair.
const echoVariable = "STRONGROOM_BENCH_ECHO"

// handshake is what going over to shared memory may take.
const handshake = 10 * time.Second

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

// measureMailbox sends a number there and back: through the mailbox to the kernel, on
// a socket and in shared memory, and through a bare socket pair to a process that
// does nothing else.
func measureMailbox(l *lane) ([]Row, error) {
	raw, stop, err := rawPair()
	if err != nil {
		return nil, err
	}
	defer stop()
	shared, err := openShared(l)
	if err != nil {
		return nil, err
	}
	defer shared.Close()
	b := make([]byte, pingBytes)
	ping := func(c *mailbox.Client) func() error { return func() error { return c.Ping(payment.Count(1)) } }
	const rounds, each = 20, 200
	var took [3][]time.Duration
	for range rounds {
		for i, trip := range []func() error{ping(l.app), ping(shared), func() error { return roundTrip(raw, b) }} {
			for range each {
				begun := time.Now()
				if err := trip(); err != nil {
					return nil, err
				}
				took[i] = append(took[i], time.Since(begun))
			}
		}
	}
	socket, ring, bare := micros(median(took[0])), micros(median(took[1])), micros(median(took[2]))
	return []Row{
		row("mailbox round trip on a socket, against a raw socket pair", "µs", socket, bare),
		row("mailbox round trip in shared memory, against a raw socket pair", "µs", ring, bare),
		row("mailbox round trip in shared memory, against a socket", "µs", ring, socket),
		row("the same, 99 of 100 are faster", "µs", micros(quantile(took[1], 0.99)), micros(quantile(took[0], 0.99))),
	}, nil
}

func roundTrip(raw net.Conn, b []byte) error {
	if _, err := raw.Write(b); err != nil {
		return err
	}
	_, err := io.ReadFull(raw, b)
	return err
}

// openShared opens one more session, in shared memory.
func openShared(l *lane) (*mailbox.Client, error) {
	conn, err := net.Dial("unix", l.secure.Mailbox)
	if err != nil {
		return nil, err
	}
	c, shared, err := mailbox.Upgrade(conn, handshake)
	if err != nil {
		return nil, err
	}
	if !shared {
		return nil, errors.Join(errors.New("the secure world gives no shared memory"), c.Close())
	}
	return mailbox.NewClient(c), nil
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
