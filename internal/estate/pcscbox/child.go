//go:build linux

package pcscbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// inside is where pcscd expects its folder; in a box it is the box's own.
const inside = "/run/pcscd"

// RunIfChild takes over and never returns where this process is the first of
// a box; otherwise it does nothing. Call it first in main or TestMain.
func RunIfChild() {
	dir := os.Getenv(dirEnv)
	if dir == "" {
		return
	}
	if err := runChild(dir); err != nil {
		fmt.Fprintln(os.Stderr, "pcscbox:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func runChild(dir string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	// Only the first process of a process namespace may go on: what follows
	// would otherwise mount over the machine's own /run/pcscd.
	if os.Getpid() != 1 {
		return errors.New("not in a namespace of its own")
	}
	if err := mountFolder(dir); err != nil {
		return fmt.Errorf("mounting the folder: %w", err)
	}
	if err := loopbackUp(); err != nil {
		return fmt.Errorf("bringing lo up: %w", err)
	}
	daemon, err := startDaemon(ctx)
	if err != nil {
		return fmt.Errorf("starting pcscd: %w", err)
	}
	ctx, end := context.WithCancelCause(ctx)
	daemonEnded := make(chan struct{})
	go func() { // owned by this function: it waits below
		end(fmt.Errorf("pcscd ended: %w", daemon.Wait()))
		close(daemonEnded)
	}()
	err = serveTray(ctx)
	_ = daemon.Process.Signal(syscall.SIGTERM)
	<-daemonEnded
	return err
}

// mountFolder puts dir where pcscd expects its folder, in this mount namespace
// only. Where the machine has no /run/pcscd, /run is covered by an empty file
// system first; the open descriptor still reaches dir behind it.
func mountFolder(dir string) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return err
	}
	fd, err := syscall.Open(dir, syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = syscall.Close(fd) }()
	if _, err := os.Stat(inside); err != nil {
		if err := syscall.Mount("tmpfs", "/run", "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, "mode=0755"); err != nil {
			return err
		}
		if err := os.Mkdir(inside, 0o755); err != nil { //nolint:gosec // covered at once
			return err
		}
	}
	return syscall.Mount(fmt.Sprintf("/proc/self/fd/%d", fd), inside, "", syscall.MS_BIND, "")
}

// loopbackUp sets IFF_UP on lo (netdevice(7)): a new network namespace has it
// down, and vpcd listens on TCP.
func loopbackUp() error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = syscall.Close(fd) }()
	var request struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte // the rest of struct ifreq
	}
	copy(request.name[:], "lo")
	request.flags = syscall.IFF_UP | syscall.IFF_RUNNING
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request))) //nolint:gosec // the ioctl takes a struct
	if errno != 0 {
		return errno
	}
	return nil
}

func startDaemon(ctx context.Context) (*exec.Cmd, error) {
	path, err := pcscd()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, pcscdArgs(ctx, path, inside+"/conf")...) //nolint:gosec // path is from Missing's search
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd, cmd.Start()
}

// serveTray serves the card tray and the slots' own doors once pcscd's socket is there, so that a tray
// that answers means a box that is ready.
func serveTray(ctx context.Context) error {
	if err := waitForSocket(ctx); err != nil {
		return err
	}
	l, err := listen(ctx, inside+"/tray.sock")
	if err != nil {
		return err
	}
	var doors sync.WaitGroup
	defer doors.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before doors are waited for
	for slot := range slots {
		door, err := listen(ctx, inside+"/"+slotName(slot))
		if err != nil {
			return err
		}
		doors.Go(func() { _ = virtualcard.ServeSlot(ctx, door, slotAddress(slot)) })
	}
	if err := virtualcard.NewTray(slotAddress(0), slotAddress(1)).Serve(ctx, l); err != nil {
		return err
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// listen makes a socket for the caller's own user.
func listen(ctx context.Context, path string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		_ = l.Close()
		return nil, err
	}
	return l, nil
}

// slotAddress is where vpcd waits for the card of a slot: one port behind the
// other.
func slotAddress(slot int) string { return fmt.Sprintf("127.0.0.1:%d", port+slot) }

// waitForSocket waits until pcscd accepts connections.
func waitForSocket(ctx context.Context) error {
	var d net.Dialer
	for {
		c, err := d.DialContext(ctx, "unix", inside+"/pcscd.comm")
		if err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
