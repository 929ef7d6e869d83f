//go:build linux

package microvm

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/internal/carrier"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/microvm/initramfs"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox/spawn"
)

// Machine is a machine with a kernel in it. It has the methods of spawn.Child.
type Machine struct {
	machines    *Machines
	accelerator carrier.Accelerator
	qemu        *qemu
	post        *carrier.Poster
	doors       map[handover.Door]*carrier.Mux
	relay       *handover.Relay
	file        bytes.Buffer // content for the next message out

	mu     sync.Mutex
	status *syscall.WaitStatus // the kernel's, when it ended by itself

	work sync.WaitGroup
	done chan struct{}
}

var (
	errSilent   = errors.New("the guest does not begin in time")
	errNotBegun = errors.New("the guest does not begin")
)

func (m *Machines) start(cfg spawn.Config, a attempt) (*Machine, error) {
	q, err := m.launch(cfg, a)
	if err != nil {
		return nil, fmt.Errorf("start the virtual machine: %w", err)
	}
	v := &Machine{machines: m, accelerator: a.accelerator, qemu: q, done: make(chan struct{}),
		post: carrier.NewPoster(q.ports[initramfs.PortHandover]), doors: map[handover.Door]*carrier.Mux{}}
	if err := v.begin(cfg.Measurements, a.within); err != nil {
		q.close()
		return nil, fmt.Errorf("start the virtual machine: %w; it said: %q", err, q.console.lastWords())
	}
	if err := v.take(cfg); err != nil {
		q.close()
		return nil, fmt.Errorf("start the virtual machine: %w", err)
	}
	q.forgetRoot() // a guest that spoke runs in it already
	v.run()
	return v, nil
}

// begin tells the guest what it must know and waits for its first word.
func (v *Machine) begin(measurements string, within time.Duration) error {
	port := v.qemu.ports[initramfs.PortHandover]
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	defer context.AfterFunc(ctx, func() { v.qemu.child.Kill() })()
	b := carrier.Begin{Clock: time.Now(), Accelerator: v.accelerator, Measurements: measurements}
	if _, err := rand.Read(b.Seed[:]); err != nil {
		return err
	}
	if err := v.post.Send(carrier.PostBegin, b.Encode()); err != nil {
		return err
	}
	first, err := carrier.ReadPost(port)
	if err != nil || first.Kind != carrier.PostBegun {
		if ctx.Err() != nil {
			return fmt.Errorf("%w, %s", errSilent, within)
		}
		return errNotBegun
	}
	v.machines.log.Info("virtual machine begins", "linux", string(first.Payload), "processor", v.accelerator.String())
	return nil
}

// take takes over what boot gave for the kernel.
func (v *Machine) take(cfg spawn.Config) error {
	link, err := unix.FcntlInt(cfg.Link.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return err
	}
	v.relay, err = handover.NewRelay(os.NewFile(uintptr(link), "handover"))
	return err
}

func (v *Machine) run() {
	for door, name := range map[handover.Door]string{
		handover.DoorMailbox: initramfs.PortMailbox, handover.DoorSRED: initramfs.PortSRED,
		handover.DoorPINEntry: initramfs.PortPINEntry, handover.DoorHost: initramfs.PortHost,
	} {
		mux := carrier.Outside(v.qemu.ports[name])
		v.doors[door] = mux
		v.work.Go(func() {
			_ = mux.Run() // ends with the machine, and the machine with it
			v.Kill()
		})
	}
	v.work.Go(v.inward)
	v.work.Go(v.outward)
	v.work.Go(v.keepTime)
	go v.end()
}

// end tidies up behind a machine that ended, however it did.
func (v *Machine) end() {
	<-v.qemu.child.Done()
	_ = v.relay.Close() // boot's end sees it
	v.qemu.shut()
	v.work.Wait()
	v.qemu.close()
	if v.accelerator == carrier.KVM && v.own() == nil && !v.killed() {
		v.machines.giveUpKVM(errors.New("the machine ended without its kernel"))
	}
	close(v.done)
}

// Done is closed when the machine has ended.
func (v *Machine) Done() <-chan struct{} { return v.done }

// Status is the kernel's own end where it was told, else that of the machine.
func (v *Machine) Status() syscall.WaitStatus {
	if s := v.own(); s != nil {
		return *s
	}
	if s := v.qemu.child.Status(); s != 0 {
		return s
	}
	return 1 << 8 // QEMU ended well and the kernel did not: exit status 1
}

func (v *Machine) own() *syscall.WaitStatus {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.status
}

func (v *Machine) killed() bool { return v.qemu.signaled() }

// PID is QEMU's.
func (v *Machine) PID() int { return v.qemu.pid() }

// Accelerator is what the machine's processor is.
func (v *Machine) Accelerator() carrier.Accelerator { return v.accelerator }

// Kill ends the machine as pulling its plug does.
func (v *Machine) Kill() { v.qemu.child.Kill() }

// ended notes how the kernel ended; the machine then ends by itself.
func (v *Machine) ended(payload []byte) {
	status := syscall.WaitStatus(binary.BigEndian.Uint32(payload))
	v.mu.Lock()
	v.status = &status
	v.mu.Unlock()
	select {
	case <-v.qemu.child.Done():
	case <-time.After(leaveWithin):
		v.Kill()
	}
}
