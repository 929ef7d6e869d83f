package boot

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox/spawn"
	"github.com/strongroom-pos/strongroom/secureworld/internal/upkeep"
)

// kernel is one started kernel.
type kernel struct {
	child  process
	link   *handover.Boot
	papers *os.File       // the licence that it was given
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
	k := &kernel{link: link, papers: b.keeper.Now().Papers}
	if k.child, err = b.spawn(theirs, words, &confine); err != nil {
		return nil, errors.Join(err, link.Close(), ours.Close())
	}
	k.spoken.Go(func() { b.lastWords(ours) })
	if err := b.provide(k, confine); err != nil {
		k.end()
		return nil, fmt.Errorf("hand over to the kernel: %w", err)
	}
	return k, nil
}

func (b *Boot) provide(k *kernel, confine handover.Confine) error {
	link := k.link
	if err := link.Send(confine, nil); err != nil {
		return err
	}
	if err := b.provideApplications(link); err != nil {
		return err
	}
	if err := link.Send(handover.Licence{}, k.papers); err != nil {
		return err
	}
	if err := link.Send(handover.Parameters{}, b.parameters); err != nil {
		return err
	}
	if err := b.provideStorage(link); err != nil {
		return err
	}
	if err := b.provideGuards(link, confine); err != nil {
		return err
	}
	if err := b.provideCode(link, confine); err != nil {
		return err
	}
	config, err := spawn.MemoryFileFrom("config", b.cfg.Provisioning, handover.MaxConfig)
	if err != nil {
		return fmt.Errorf("read provisioning: %w", err)
	}
	defer config.Close()
	return link.Send(handover.Config{}, config)
}

func (b *Boot) provideApplications(link *handover.Boot) error {
	added := b.keeper.Installed()
	defer func() {
		for _, m := range added {
			_ = m.File.Close()
		}
	}()
	for _, m := range append(slices.Clone(b.keeper.Now().Modules), added...) {
		if err := link.Send(m.Message, m.File); err != nil {
			return err
		}
	}
	for _, name := range b.keeper.Removed() {
		if slices.ContainsFunc(added, func(m upkeep.Module) bool { return m.Message.Name == name }) {
			continue // removed meanwhile: it is told when it serves
		}
		if err := link.Send(handover.Remove{Name: name}, nil); err != nil {
			return err
		}
	}
	return nil
}

// end kills what still runs and waits for it.
func (k *kernel) end() {
	k.child.Kill()
	<-k.child.Done()
	k.spoken.Wait()
	_ = k.link.Close()
}

// attend serves one kernel until it ends, ctx does, or another image is to start.
// It tells how long the kernel served.
func (b *Boot) attend(ctx context.Context, k *kernel, trial bool) time.Duration {
	ctx, replace := context.WithCancel(ctx)
	defer replace()
	a := &attendance{boot: b, kernel: k, image: b.keeper.Now(), need: 1, dials: make(chan struct{}, maxDials), applied: make(chan answer, 1), gone: make(chan struct{}), replace: replace}
	if trial {
		a.need = trialAnswers
	}
	received := make(chan struct{})
	go func() {
		defer close(received)
		a.receive()
	}()
	a.watch(ctx)
	b.setServing(nil)
	_ = os.Remove(b.cfg.Addresses)
	k.end()
	<-received
	close(a.gone)
	a.proving.Wait()
	b.tellEnd(k)
	if a.readySince.Load() == 0 {
		b.code.drop() // what it was given may be the reason
	}
	if since := a.readySince.Load(); since != 0 {
		return time.Since(time.Unix(0, since))
	}
	return 0
}

// setServing makes a kernel the one that connections and changes go to.
func (b *Boot) setServing(a *attendance) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.serving = a
}

// serves tells whether there is one.
func (b *Boot) serves() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.serving != nil
}

// attendance is what boot keeps of one kernel.
type attendance struct {
	boot       *Boot
	kernel     *kernel
	image      *upkeep.Image
	dials      chan struct{}
	readySince atomic.Int64 // nanoseconds; 0 before
	answered   atomic.Uint32

	healthy, need int            // answers to health so far, and to be proved; receive's
	proving       sync.WaitGroup // not receive's: the disk may be slow, or in use
	applied       chan answer    // to changes
	peers         peers          // measured connections
	gone          chan struct{}  // closed when nothing is received any more
	replace       context.CancelFunc
}

// receive handles the kernel's messages. A kernel that breaks the permit table
// is killed.
func (a *attendance) receive() {
	for {
		m, file, err := a.kernel.link.ReceiveWith()
		if err != nil {
			a.kernel.child.Kill()
			return
		}
		switch m := m.(type) {
		case handover.Keep:
			a.boot.code.keep(a.image.Digest, m.SHA256, file)
		case handover.Ready:
			a.ready(m)
		case handover.Healthy:
			a.answered.Store(m.Nonce)
			a.health()
		case handover.Applied:
			a.answer(answer{code: m.Code})
		case handover.Licensed:
			a.answer(answer{code: m.Code})
		case handover.Challenged:
			a.answer(answer{m.Code, m.Random})
		case handover.KeyLoaded:
			a.answer(answer{code: m.Code})
		case handover.Dial:
			go a.boot.dial(m.ID, a.kernel.link, a.dials)
		case handover.Anchor:
			a.anchor(m)
		case handover.Quote:
			a.proving.Go(func() { a.quote(m) })
		case handover.Closed:
			a.peers.drop(m.ID)
		case handover.Log:
			a.boot.log.Info("kernel", "event", m.Event.String(), "value", m.Meaning())
			a.boot.tellFault(m)
		}
	}
}

// answer is the kernel's to a change. The random number is that of a challenge.
type answer struct {
	code   handover.Outcome
	random [16]byte
}

// answer gives the answer to a change to who waits for it.
func (a *attendance) answer(given answer) {
	select {
	case a.applied <- given:
	default: // nobody took the last one
	}
}

// health counts answers; the last that is needed proves the image.
func (a *attendance) health() {
	if a.healthy++; a.healthy != a.need {
		return
	}
	a.proving.Go(func() {
		if err := a.boot.keeper.Prove(a.image); err != nil {
			a.boot.log.Error("anti-rollback counter", "reason", err.Error())
			a.kernel.child.Kill()
		}
	})
}

// ready opens the doors to the kernel and asks for its health at once.
func (a *attendance) ready(m handover.Ready) {
	b, version := a.boot, a.image.Manifest.Version
	a.readySince.Store(time.Now().UnixNano())
	_ = os.Remove(b.faultFile())
	b.setServing(a)
	a.proving.Go(a.remeasure)
	a.proving.Go(func() { b.keeper.Serves(a.kernel.papers) })
	_ = a.kernel.link.Send(handover.Health{Nonce: firstNonce}, nil) // its end shows in Done
	b.log.Info("kernel ready", "version", version, "start", b.starts.Load(), "missing", sandbox.Names(m.Missing))
	if err := b.publish(m, version, a.kernel.child.PID()); err != nil {
		b.log.Error("publish addresses", "reason", err.Error())
	}
}

// watch asks for health, and returns when the kernel has ended, has been silent
// for too long, or was asked to stop and has had its time.
func (a *attendance) watch(ctx context.Context) {
	health := time.NewTicker(healthEvery)
	defer health.Stop()
	overdue := time.After(a.boot.readyWithin())
	for asked := uint32(firstNonce); ; {
		select {
		case <-a.kernel.child.Done():
			return
		case <-ctx.Done():
			a.stop()
			return
		case <-overdue:
			if a.readySince.Load() == 0 {
				a.boot.keeper.NotHealthy()
				a.boot.log.Error("kernel does not get ready")
				return
			}
		case <-health.C:
			if a.readySince.Load() == 0 {
				continue
			}
			if asked-a.answered.Load() >= healthMisses {
				a.boot.keeper.NotHealthy()
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
	switch status := k.child.Status(); {
	case status.Signaled() && status.Signal() == syscall.SIGSYS:
		b.log.Error("kernel made a forbidden system call and was killed")
		b.forbidden()
	case status.Signaled():
		b.log.Warn("kernel ended", "signal", status.Signal().String())
	default:
		b.log.Warn("kernel ended", "code", status.ExitStatus())
	}
}
