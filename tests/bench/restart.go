package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

// restarts are few: boot waits longer before each start of a kernel that does not live.
const restarts = 3

// answerWithin is when a kernel that was killed must have been replaced.
const answerWithin = 2 * time.Minute

// measureRestarts kills the kernel and waits until the mailbox answers again: boot's
// pause, where the kernel before did not serve for long, a new process in its sandbox,
// the storage opened, the applications' machine code taken from what was compiled. The
// baseline is a program that does nothing of it, from its start to its first answer. It
// ends every session, so it comes last.
func measureRestarts(ctx context.Context, l *lane) ([]Row, error) {
	var ready, bare []time.Duration
	for range restarts {
		d, err := restart(ctx, l)
		if err != nil {
			return nil, err
		}
		ready = append(ready, d)
		if d, err = bareStart(); err != nil {
			return nil, err
		}
		bare = append(bare, d)
	}
	return []Row{
		row("kernel killed until the mailbox answers, against a bare process", "ms", millis(median(ready)), millis(median(bare))),
		row("kernel killed until the mailbox answers, against boot's first start, which compiles", "ms", millis(median(ready)), millis(l.started)),
	}, nil
}

func restart(ctx context.Context, l *lane) (time.Duration, error) {
	pid, err := kernelOf(filepath.Join(l.dir, "secureworld.addresses"))
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return 0, err
	}
	for ctx.Err() == nil && time.Since(begun) < answerWithin {
		if answers(l.secure.Mailbox) == nil {
			return time.Since(begun), nil
		}
		time.Sleep(time.Millisecond)
	}
	return 0, errors.Join(errors.New("the kernel does not come back"), ctx.Err())
}

// kernelOf reads the number of the kernel that serves now.
func kernelOf(addresses string) (int, error) {
	b, err := os.ReadFile(addresses) //nolint:gosec // of this lane
	if err != nil {
		return 0, err
	}
	var published struct {
		KernelPID int `json:"kernel_pid"`
	}
	if err := json.Unmarshal(b, &published); err != nil {
		return 0, err
	}
	if published.KernelPID == 0 {
		return 0, errors.New("no kernel serves")
	}
	return published.KernelPID, nil
}

func answers(socket string) error {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(answerWithin)); err != nil {
		return err
	}
	return mailbox.NewClient(conn).Ping(1)
}

func bareStart() (time.Duration, error) {
	begun := time.Now()
	raw, stop, err := rawPair()
	if err != nil {
		return 0, err
	}
	defer stop()
	b := make([]byte, pingBytes)
	if _, err := raw.Write(b); err != nil {
		return 0, err
	}
	_, err = io.ReadFull(raw, b)
	return time.Since(begun), err
}
