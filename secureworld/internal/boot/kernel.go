package boot

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox/spawn"
)

// kernel is one started kernel.
type kernel struct {
	child  *spawn.Child
	link   *handover.Boot
	spoken sync.WaitGroup // the goroutine that reads its last words
}

// start starts a kernel and hands over everything that it needs.
func (b *Boot) start(confine handover.Confine) (*kernel, error) {
	link, theirs, err := handover.Pair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	ours, words, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, link.Close())
	}
	defer words.Close()
	k := &kernel{link: link}
	if k.child, err = b.spawn(theirs, words, &confine); err != nil {
		return nil, errors.Join(err, link.Close(), ours.Close())
	}
	k.spoken.Go(func() { b.lastWords(ours) })
	if err := b.provide(link, confine); err != nil {
		k.end()
		return nil, fmt.Errorf("hand over to the kernel: %w", err)
	}
	return k, nil
}

func (b *Boot) spawn(link, words *os.File, confine *handover.Confine) (*spawn.Child, error) {
	cfg := spawn.Config{Program: b.program, Directory: b.cfg.Storage, Link: link, Errors: words, Measurements: b.measurements()}
	child, err := spawn.Start(cfg)
	if err != nil && b.cfg.Namespaces == "if-permitted" && spawn.Refused(err) {
		b.log.Warn("this machine permits no namespaces")
		cfg.Without, confine.UserNamespace = true, false
		return spawn.Start(cfg)
	}
	return child, err
}

func (b *Boot) confine() handover.Confine {
	c := handover.Confine{UserNamespace: spawn.UserNamespace(), KillOnForbidden: b.cfg.ForbiddenCall == "kill"}
	if !c.UserNamespace {
		c.UID, c.GID = b.cfg.KernelUID, b.cfg.KernelGID
	}
	return c
}

func (b *Boot) provide(link *handover.Boot, confine handover.Confine) error {
	if err := link.Send(confine, nil); err != nil {
		return err
	}
	for _, m := range b.modules {
		if err := link.Send(m.message, m.file); err != nil {
			return err
		}
	}
	if err := link.Send(handover.Licence{}, b.papers); err != nil {
		return err
	}
	if err := link.Send(handover.Parameters{}, b.parameters); err != nil {
		return err
	}
	if err := b.provideStorage(link); err != nil {
		return err
	}
	config, err := spawn.MemoryFileFrom("config", b.cfg.Provisioning, handover.MaxConfig)
	if err != nil {
		return fmt.Errorf("read provisioning: %w", err)
	}
	defer config.Close()
	return link.Send(handover.Config{}, config)
}

// end kills what still runs and waits for it.
func (k *kernel) end() {
	k.child.Kill()
	<-k.child.Done()
	k.spoken.Wait()
	_ = k.link.Close()
}

// attend serves one kernel until it ends, or ctx does. It tells how long the
// kernel served.
func (b *Boot) attend(ctx context.Context, k *kernel) time.Duration {
	a := &attendance{boot: b, kernel: k, dials: make(chan struct{}, maxDials)}
	received := make(chan struct{})
	go func() {
		defer close(received)
		a.receive()
	}()
	a.watch(ctx)
	b.setLink(nil)
	_ = os.Remove(b.cfg.Addresses)
	k.end()
	<-received
	b.tellEnd(k)
	if since := a.readySince.Load(); since != 0 {
		return time.Since(time.Unix(0, since))
	}
	return 0
}

func (b *Boot) setLink(link *handover.Boot) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.link = link
}

// attendance is what boot keeps of one kernel.
type attendance struct {
	boot       *Boot
	kernel     *kernel
	dials      chan struct{}
	readySince atomic.Int64 // nanoseconds; 0 before
	answered   atomic.Uint32
}

// receive handles the kernel's messages. A kernel that breaks the permit table
// is killed.
func (a *attendance) receive() {
	for {
		m, err := a.kernel.link.Receive()
		if err != nil {
			a.kernel.child.Kill()
			return
		}
		switch m := m.(type) {
		case handover.Ready:
			a.ready(m)
		case handover.Healthy:
			a.answered.Store(m.Nonce)
		case handover.Dial:
			go a.boot.dial(m.ID, a.kernel.link, a.dials)
		case handover.Anchor:
			a.anchor(m)
		case handover.Log:
			a.boot.log.Info("kernel", "event", m.Event.String(), "value", m.Value)
		}
	}
}

// ready opens the doors. The image has proved that it runs, so older ones than
// it permits are refused from now on.
func (a *attendance) ready(m handover.Ready) {
	b := a.boot
	if err := b.counter.Raise(b.manifest.MinimumVersion); err != nil {
		b.log.Error("anti-rollback counter", "reason", err.Error())
		a.kernel.child.Kill()
		return
	}
	a.readySince.Store(time.Now().UnixNano())
	b.setLink(a.kernel.link)
	b.log.Info("kernel ready", "version", b.manifest.Version, "start", b.starts, "missing", sandbox.Names(m.Missing))
	if err := b.publish(m, a.kernel.child.PID()); err != nil {
		b.log.Error("publish addresses", "reason", err.Error())
	}
}

// watch asks for health, and returns when the kernel has ended, has been silent
// for too long, or was asked to stop and has had its time.
func (a *attendance) watch(ctx context.Context) {
	health := time.NewTicker(healthEvery)
	defer health.Stop()
	overdue := time.After(readyWithin)
	for asked := uint32(0); ; {
		select {
		case <-a.kernel.child.Done():
			return
		case <-ctx.Done():
			a.stop()
			return
		case <-overdue:
			if a.readySince.Load() == 0 {
				a.boot.log.Error("kernel does not get ready")
				return
			}
		case <-health.C:
			if a.readySince.Load() == 0 {
				continue
			}
			if asked-a.answered.Load() >= healthMisses {
				a.boot.log.Error("kernel is silent")
				return
			}
			asked++
			_ = a.kernel.link.Send(handover.Health{Nonce: asked}, nil) // its end shows in Done
		}
	}
}

func (a *attendance) stop() {
	if a.kernel.link.Send(handover.Stop{}, nil) != nil {
		return
	}
	select {
	case <-a.kernel.child.Done():
	case <-time.After(stopWithin):
	}
}

func (b *Boot) tellEnd(k *kernel) {
	status, ok := k.child.State().Sys().(syscall.WaitStatus)
	switch {
	case ok && status.Signaled() && status.Signal() == syscall.SIGSYS:
		b.log.Error("kernel made a forbidden system call and was killed")
	case ok && status.Signaled():
		b.log.Warn("kernel ended", "signal", status.Signal().String())
	default:
		b.log.Warn("kernel ended", "code", k.child.State().ExitCode())
	}
}
