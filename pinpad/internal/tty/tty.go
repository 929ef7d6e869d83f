//go:build linux

// Package tty is the PIN pad on a terminal: raw keys in, one display line out.
//
// Only the PIN pad imports it. It reads one byte at a time, so no line with a
// PIN ever stands in a buffer, and echoes nothing.
package tty

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/pinpad/internal/display"
	"github.com/strongroom-pos/strongroom/pinpad/internal/keypad"
)

// Serve takes keys from the process's terminal and shows the display on it until
// ctx ends. It leaves the terminal as it found it.
func Serve(ctx context.Context, d *display.Display, k *keypad.Keypad) error {
	// Not blocking, so that closing it ends a read.
	f, err := os.OpenFile("/dev/tty", os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		return fmt.Errorf("tty: opening the terminal: %w", err)
	}
	restore, err := raw(f)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	defer f.Close()
	defer restore()
	var showing sync.WaitGroup
	defer showing.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	showing.Go(func() { show(ctx, f, d) })
	stop := context.AfterFunc(ctx, func() { _ = f.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	return keys(ctx, f, k)
}

// raw turns off echo and lines, and leaves signals on: Ctrl-C still ends the
// program. It goes through SyscallConn, since Fd would make reads block for ever.
func raw(f *os.File) (restore func(), err error) {
	c, err := f.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("tty: reaching the terminal: %w", err)
	}
	var old *unix.Termios
	var failed error
	err = c.Control(func(fd uintptr) { old, failed = quiet(int(fd)) })
	if err = errors.Join(err, failed); err != nil {
		return nil, fmt.Errorf("tty: setting the terminal: %w", err)
	}
	return func() {
		_ = c.Control(func(fd uintptr) { _ = unix.IoctlSetTermios(int(fd), unix.TCSETS, old) })
	}, nil
}

// quiet returns what the terminal was like before.
func quiet(fd int) (*unix.Termios, error) {
	old, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, err
	}
	now := *old
	now.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON
	now.Cc[unix.VMIN], now.Cc[unix.VTIME] = 1, 0
	return old, unix.IoctlSetTermios(fd, unix.TCSETS, &now)
}

func keys(ctx context.Context, f *os.File, k *keypad.Keypad) error {
	var b [1]byte
	for {
		_, err := f.Read(b[:])
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("tty: reading a key: %w", err)
		}
		k.Press(keyOf(b[0]))
		b[0] = 0
	}
}

// keyOf maps what a keyboard sends; anything else is no key.
func keyOf(b byte) keypad.Key {
	switch b {
	case '\n', '\r':
		return keypad.OK
	case 0x08, 0x7f:
		return keypad.Clear
	case 0x1b:
		return keypad.Cancel
	}
	if b >= '0' && b <= '9' {
		return keypad.Key(b)
	}
	return 0
}

func show(ctx context.Context, f *os.File, d *display.Display) {
	seen := ^uint64(0)
	for ctx.Err() == nil {
		s := d.Wait(ctx, seen)
		seen = s.Seq
		_, _ = fmt.Fprintf(f, "\r\x1b[K[PIN PAD, STAND-IN] %s", line(s))
	}
	_, _ = fmt.Fprintln(f)
}

// line is the screen on one line.
func line(s display.Screen) string {
	return strings.Join(strings.Fields(s.Note+"  "+s.Amount+"  "+s.Title+"  "+strings.Join(s.Lines, "  ")+"  "+strings.Repeat("●", s.Dots)), " ")
}
