//go:build linux

package estate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	acquirer "github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/child"
	"github.com/strongroom-pos/strongroom/internal/estate/premises"
)

const (
	// patience is what a program gets to end by itself; boot gives its kernel
	// two seconds.
	patience = 4 * time.Second
	// kernelGone is how long a killed kernel may take to be gone. A virtual machine
	// ends by itself when its boot was killed, and its processor may be slow.
	kernelGone = 20 * time.Second
)

// Process is one process of the lane.
type Process struct {
	Name string
	PID  int
}

// Names are all processes of this lane, the kernel among them.
func (l *Lane) Names() []string {
	return append([]string{Terminal, Boot, Kernel, Reader, PINPad, Acquirer}, l.elementNames()...)
}

// Processes are those that run now.
func (l *Lane) Processes() []Process {
	var out []Process
	for _, name := range l.Names() {
		if pid := l.PID(name); pid != 0 {
			out = append(out, Process{name, pid})
		}
	}
	return out
}

// PID is a process's number, 0 where it does not run.
func (l *Lane) PID(name string) int {
	if name == Kernel {
		return l.kernelPID()
	}
	c := l.child(name)
	if c == nil {
		return 0
	}
	select {
	case <-c.Done():
		return 0
	default:
		return c.PID()
	}
}

func (l *Lane) child(name string) *child.Child {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.children[name]
}

// kernelPID is the number of the kernel that serves now, as boot tells it.
func (l *Lane) kernelPID() int {
	var a struct {
		KernelPID int `json:"kernel_pid"`
	}
	l.read(premises.SecureWorld, addressesFile, &a)
	return a.KernelPID
}

// Kill kills a process with SIGKILL and waits until it is gone. Boot starts a
// killed kernel again by itself.
func (l *Lane) Kill(name string) error {
	if name == Kernel {
		return l.killKernel()
	}
	c := l.expect(name)
	if c == nil {
		return fmt.Errorf("killing %s: it was never started", name)
	}
	if name != Boot {
		c.Kill()
		return nil
	}
	return l.withKernel(c.Kill)
}

func (l *Lane) killKernel() error {
	pid := l.kernelPID()
	if pid == 0 {
		return errors.New("killing the kernel: none serves")
	}
	l.mu.Lock()
	l.killed = pid
	l.mu.Unlock()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return fmt.Errorf("killing the kernel: %w", err)
	}
	return awaitGone(pid)
}

// expect says that a program's end is wanted.
func (l *Lane) expect(name string) *child.Child {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.children[name]
	if c != nil {
		select {
		case <-c.Done():
		default:
			l.expected[c] = true
		}
	}
	return c
}

// Restart starts a program that ended, or ends it first, and waits until it is
// ready.
func (l *Lane) Restart(ctx context.Context, name string) error {
	if !slices.Contains(l.startable(), name) {
		return fmt.Errorf("restarting %s: nothing that can be restarted", name)
	}
	l.keeper.starting.Lock()
	defer l.keeper.starting.Unlock()
	if c := l.expect(name); c != nil {
		stop := func() { c.Stop(patience) }
		if name != Boot {
			stop()
		} else if err := l.withKernel(stop); err != nil {
			return err
		}
	}
	return l.start(ctx, name)
}

// withKernel ends boot and waits until its kernel is gone too.
func (l *Lane) withKernel(end func()) error {
	kernel := l.kernelPID()
	l.mu.Lock()
	l.killed = kernel
	l.mu.Unlock()
	end()
	return awaitGone(kernel)
}

// awaitGone waits until a process that is no child of ours is gone.
func awaitGone(pid int) error {
	if pid == 0 {
		return nil
	}
	for range kernelGone / lookEvery {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return nil
		}
		time.Sleep(lookEvery)
	}
	return errors.New("a killed process is still there")
}

// NewCard makes a card and gives it to the issuer while the lane runs.
func (l *Lane) NewCard(ctx context.Context, o bureau.Order) (bureau.Card, error) {
	c, err := l.Bureau.Make(o)
	if err != nil {
		return c, err
	}
	return c, l.Desk.AddCards(ctx, acquirer.Cards{Cards: []acquirer.Card{c.Issued}})
}

// Card is a card of the wallet.
func (l *Lane) Card(name string) (bureau.Card, error) { return bureau.Load(Wallet(l.Home), name) }

// Stop ends everything, saves what the worlds keep, and removes the rest. It may
// be called at any time, and more than once.
func (l *Lane) Stop() error {
	if !l.stopped() {
		close(l.stopping)
	}
	kernel := 0
	if l.premises != nil {
		kernel = l.kernelPID()
	}
	l.keeper.starting.Lock() // from here nothing is started again
	l.stopChildren()
	l.keeper.starting.Unlock()
	l.watchers.Wait()
	err := awaitGone(kernel)
	if l.box != nil {
		l.box.Stop()
		l.box = nil
	}
	if l.stopTray != nil {
		l.stopTray()
		l.stopTray = nil
	}
	if l.premises != nil {
		if l.moved && !l.temporary {
			err = errors.Join(err, premises.Keep(l.premises.Run(), l.Home))
		}
		err = errors.Join(err, l.premises.Leave())
		l.premises = nil
	}
	return errors.Join(err, l.leaveHome())
}

func (l *Lane) stopped() bool {
	select {
	case <-l.stopping:
		return true
	default:
		return false
	}
}

// stopChildren ends who asks before who answers.
func (l *Lane) stopChildren() {
	end := func(names ...string) {
		var steps []func() error
		for _, name := range names {
			if c := l.expect(name); c != nil {
				steps = append(steps, func() error { c.Stop(patience); return nil })
			}
		}
		_ = together(steps...)
	}
	end(Terminal, Reader, PINPad)
	end(Boot)
	end(Acquirer)
	end(MCU)
	end(Hub)
	end(Element, ElementGcrypt, ElementNettle)
}

func (l *Lane) leaveHome() error {
	if l.held == nil {
		return nil
	}
	err := os.Remove(filepath.Join(l.Home, laneFile))
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	if l.temporary {
		err = errors.Join(err, os.RemoveAll(l.Home))
	}
	err = errors.Join(err, l.held.Close())
	l.held = nil
	return err
}
