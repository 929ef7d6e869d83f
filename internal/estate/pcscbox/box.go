//go:build linux

// Package pcscbox runs a private pcscd with one virtual reader of two slots and a
// card tray behind it, for demos and tests. All of it is one process tree in its own
// mount, network and process namespaces, so any number of boxes run side by
// side, vpcd's open port is reachable from nowhere else, and nothing outlives
// its first process. Outside, the socket is enough:
//
//	PCSCLITE_CSOCK_NAME=DIR/pcscd.comm reader …
//
//	DIR/pcscd.comm   pcscd's socket, mode 0666
//	DIR/tray.sock    the card tray's socket, mode 0600 (see virtualcard)
//	DIR/slotN.sock   slot N for a card of another process, mode 0600
//	DIR/conf/vpcd    the reader's configuration
//
// The first process of a box is the caller's own program, started again: its
// main (or TestMain) must call RunIfChild before anything else.
//
// Tests and the operator's command may import it; a program of a world never.
// Test cards only: vpcd carries card data in clear.
package pcscbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

const (
	// ReaderName is what pcscd calls the first slot, which has contacts.
	ReaderName = "Virtual PCD 00 00"
	// FieldName is what pcscd calls the second slot, which has an antenna.
	FieldName = "Virtual PCD 00 01"

	// dirEnv tells the first process of a box what it is and where.
	dirEnv = "STRONGROOM_PCSCBOX_DIR"

	// maxSocketPath is sun_path without its last byte (unix(7)).
	maxSocketPath = 107

	// startWithin covers 15 ms of pcscd on a loaded machine.
	startWithin = 10 * time.Second

	// stopWithin is how long the box may take to end by itself: pcscd needs
	// 5 ms after SIGTERM.
	stopWithin = 2 * time.Second
)

// A Box is one running private pcscd.
type Box struct {
	dir     string
	process *os.Process
	ended   chan struct{} // closed when the first process is reaped
	endErr  error         // set before ended is closed
}

// Start makes a box in dir, an absolute path of its own, and waits until both
// sockets answer. self is the argv of this program, whose RunIfChild takes
// over; what it prints goes to dir/log. ctx bounds the start only: the box
// lives until Stop.
func Start(ctx context.Context, dir string, self []string) (*Box, error) {
	if missing := Missing(); missing != "" {
		return nil, fmt.Errorf("starting a private pcscd: %s is not installed", missing)
	}
	if err := prepare(dir); err != nil {
		return nil, fmt.Errorf("starting a private pcscd: %w", err)
	}
	b := &Box{dir: dir, ended: make(chan struct{})}
	if err := b.spawn(context.WithoutCancel(ctx), self); err != nil {
		return nil, fmt.Errorf("starting a private pcscd: %w", err)
	}
	if err := b.ready(ctx); err != nil {
		b.Stop()
		return nil, fmt.Errorf("starting a private pcscd: %w", err)
	}
	return b, nil
}

// SocketPath is the value for PCSCLITE_CSOCK_NAME.
func (b *Box) SocketPath() string { return filepath.Join(b.dir, "pcscd.comm") }

// TrayPath is the card tray's socket.
func (b *Box) TrayPath() string { return filepath.Join(b.dir, "tray.sock") }

// SlotAddress is where a card of this process is put into a slot, 0 or 1, for
// virtualcard.InsertPlayer.
func (b *Box) SlotAddress(slot int) string {
	return "unix:" + filepath.Join(b.dir, slotName(slot))
}

// Done is closed when the box has ended, by Stop or by itself.
func (b *Box) Done() <-chan struct{} { return b.ended }

// Stop ends the box by the number of its own first process and waits. The
// kernel ends everything inside with it.
func (b *Box) Stop() {
	_ = b.process.Signal(syscall.SIGTERM)
	select {
	case <-b.ended:
	case <-time.After(stopWithin):
		_ = b.process.Kill()
		<-b.ended
	}
	for _, name := range socketNames() {
		_ = os.Remove(filepath.Join(b.dir, name))
	}
}

// spawn starts the first process from a thread that stays until it ends: the
// parent-death signal comes when the *thread* that started it dies.
func (b *Box) spawn(ctx context.Context, self []string) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		cmd, err := startIn(ctx, b.dir, self)
		if err == nil {
			b.process = cmd.Process
		}
		started <- err
		if err == nil {
			b.endErr = cmd.Wait()
			close(b.ended)
		}
	}()
	return <-started
}

// startIn uses a user namespace only where the others cannot be had without.
func startIn(ctx context.Context, dir string, self []string) (*exec.Cmd, error) {
	if os.Geteuid() == 0 {
		cmd, err := startWith(ctx, dir, self, false)
		if err == nil || !errors.Is(err, syscall.EPERM) {
			return cmd, err
		}
	}
	return startWith(ctx, dir, self, true)
}

func startWith(ctx context.Context, dir string, self []string, user bool) (*exec.Cmd, error) {
	log, err := os.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.CommandContext(ctx, self[0], self[1:]...) //nolint:gosec // our own program
	cmd.Env = append(os.Environ(), dirEnv+"="+dir)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID,
		Pdeathsig:  syscall.SIGKILL,
	}
	if user {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return cmd, cmd.Start()
}

// ready waits until pcscd's socket is there and the tray answers.
func (b *Box) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	stop := make(chan struct{})
	defer close(stop)
	go func() { // a box that ends early must not be waited for
		select {
		case <-b.ended:
			cancel()
		case <-stop:
		}
	}()
	tray, err := virtualcard.DialTray(ctx, b.TrayPath())
	if err == nil {
		_, err = tray.State()
		_ = tray.Close()
	}
	if err != nil {
		return fmt.Errorf("the box did not come up (see its log): %w", err)
	}
	// pcscd made its folder 0755; nobody needs to list it.
	return os.Chmod(b.dir, 0o711) //nolint:gosec // others must reach the socket
}
