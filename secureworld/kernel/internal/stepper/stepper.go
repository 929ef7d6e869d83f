// Package stepper drives the core of the kernel: it gives it one event at a
// time and carries out its effects, in order.
//
// A record is durable before anything behind it happens: consecutive records are
// made durable together. When the journal fails, Run returns and the kernel
// ends; boot starts it anew, and the journal decides.
//
// The kernel alone imports it.
package stepper

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// ErrStopped says that the stepper no longer runs.
var ErrStopped = errors.New("stepper: stopped")

// Journal makes records durable.
type Journal interface {
	Append(records ...[]byte) error
	Head() [32]byte
	Length() uint64
}

// Reader is the reader's door.
type Reader interface {
	Take(sred.Take) (digest [32]byte, err error)
	PINDone(sred.PINDone) error
	Chosen(sred.Chosen) error
	Answer(sred.Answer) error
	Stop(sred.Stop) error
	Show(sred.Show) error
}

// PINPad is the PIN pad's door.
type PINPad interface {
	EnterPIN(pinentry.EnterPIN) error
	EncipherPIN(pinentry.EncipherPIN) error
	Choose(pinentry.Choose) error
	KeyCard(pinentry.KeyCard) error
	Confirm(pinentry.Confirm) error
	Stop(pinentry.Stop) error
	Show(pinentry.Show) error
}

// Host is the line to the acquirer.
type Host interface {
	Send(transaction.Question, []byte) error
	Forget(transaction.Question)
	Drop()
}

// Application is the payment application. Its methods take their time; they are
// called one after the other.
type Application interface {
	SealPAN(context.Context, transaction.SealPAN, [32]byte) transaction.Event
	Authorise(context.Context, transaction.Authorise, [32]byte) transaction.Event
	VerifyChain(context.Context, transaction.VerifyChain, [32]byte) transaction.Event
	AuthoriseKey(context.Context, transaction.AuthoriseKey) transaction.Event
	CheckAnswer(context.Context, transaction.CheckAnswer) transaction.Event
	CheckReversal(context.Context, transaction.CheckReversal) transaction.Event
	Follow(context.Context, transaction.Follow) transaction.Event
	Complete(context.Context, transaction.Complete) transaction.Event
	CheckFollow(context.Context, transaction.CheckFollow) transaction.Event
	BuildSettle(context.Context, transaction.BuildSettle) transaction.Event
	CheckSettle(context.Context, transaction.CheckSettle) transaction.Event
	BuildItems(context.Context, transaction.BuildItems) transaction.Event
	CheckItems(context.Context, transaction.CheckItems) transaction.Event
	BuildAdvice(context.Context, transaction.BuildAdvice) transaction.Event
	CheckAdvice(context.Context, transaction.CheckAdvice) transaction.Event
	BuildNetwork(context.Context, transaction.BuildNetwork, uint64, [32]byte) transaction.Event
	CheckNetwork(context.Context, transaction.CheckNetwork) transaction.Event
	End()
}

// Config of a stepper.
type Config struct {
	Core        *transaction.Core
	Journal     Journal
	Reader      Reader
	PINPad      PINPad
	Host        Host
	Application Application
	Publish     func(mailbox.View) // a payment changed
	// ReplaceKey puts the staged key in the place of the host key and tells the id of
	// the one that is in use then; nil: there is none to be staged.
	ReplaceKey func() [8]byte
}

// Stepper owns the core while Run runs.
type Stepper struct {
	cfg    Config
	queue  *queue
	state  atomic.Pointer[State]
	digest [32]byte // of the last Take order

	work  chan func() transaction.Event
	ended chan struct{} // closed when Run has returned

	mu      sync.Mutex
	asked   uint64
	waiting map[uint64]chan transaction.Reply
}

// State is the core's and the journal's after the last step.
type State struct {
	transaction.State
	JournalHead   [32]byte
	JournalLength uint64
}

// New returns a stepper for cfg; Post may be called at once.
func New(cfg Config) *Stepper {
	s := &Stepper{cfg: cfg, queue: newQueue(), waiting: map[uint64]chan transaction.Reply{},
		work: make(chan func() transaction.Event, workQueue), ended: make(chan struct{})}
	s.look()
	return s
}

// workQueue is above what one payment, one reversal and one network exchange can
// have waiting at a time, so that the stepper never waits for the application.
const workQueue = 64

// Post queues an event from a device or the host. It blocks while too many wait,
// so that a flooding peer slows itself down and nothing else.
func (s *Stepper) Post(e transaction.Event) { s.queue.put(context.Background(), e) }

// State describes the core after its last step.
func (s *Stepper) State() State { return *s.state.Load() }

// Ask puts a command of the app world to the core and waits for its reply.
func (s *Stepper) Ask(ctx context.Context, command func(reply uint64) transaction.Event) (transaction.Reply, error) {
	c := make(chan transaction.Reply, 1)
	s.mu.Lock()
	s.asked++
	n := s.asked
	s.waiting[n] = c
	s.mu.Unlock()
	defer func() { s.mu.Lock(); delete(s.waiting, n); s.mu.Unlock() }()
	s.queue.put(ctx, command(n)) // if it is not queued, one of the ends below is there
	select {
	case r := <-c:
		return r, nil
	case <-s.ended:
		return transaction.Reply{}, ErrStopped
	case <-ctx.Done():
		return transaction.Reply{}, ctx.Err()
	}
}

// Run steps the core until ctx ends or the journal fails. effects are those of
// the recovery, carried out first. It is called once. When it returns, nothing of
// it runs any more and everybody who waited for it has been let go.
func (s *Stepper) Run(ctx context.Context, effects []transaction.Effect) error {
	defer close(s.ended)
	ctx, cancel := context.WithCancel(ctx)
	defer context.AfterFunc(ctx, s.queue.close)()
	done := make(chan struct{})
	go func() { defer close(done); s.attend(ctx) }()
	defer func() { cancel(); s.queue.close(); <-done }()
	if err := s.carryOut(ctx, effects); err != nil {
		return err
	}
	for {
		e, ok := s.queue.take()
		if !ok {
			return ctx.Err()
		}
		if err := s.step(ctx, e); err != nil {
			return err
		}
	}
}

// attend runs the application's work, one piece after the other.
func (s *Stepper) attend(ctx context.Context) {
	defer s.cfg.Application.End()
	for {
		select {
		case <-ctx.Done():
			return
		case w := <-s.work:
			if e := w(); e != nil {
				s.queue.add(e)
			}
		}
	}
}

func (s *Stepper) step(ctx context.Context, e transaction.Event) error {
	in := transaction.Input{Now: time.Now(), Event: e}
	if _, err := io.ReadFull(rand.Reader, in.Random[:]); err != nil {
		return fmt.Errorf("stepper: random numbers: %w", err)
	}
	return s.carryOut(ctx, s.cfg.Core.Step(in))
}

func (s *Stepper) carryOut(ctx context.Context, effects []transaction.Effect) error {
	for len(effects) > 0 {
		records, rest, err := leading(effects)
		if err != nil {
			return err
		}
		if len(records) > 0 {
			if err := s.cfg.Journal.Append(records...); err != nil {
				return err
			}
		}
		if effects = rest; len(effects) > 0 {
			s.do(ctx, effects[0])
			effects = effects[1:]
		}
	}
	s.look()
	return nil
}

// leading encodes the records that effects begin with.
func leading(effects []transaction.Effect) (records [][]byte, rest []transaction.Effect, err error) {
	for len(effects) > 0 {
		w, ok := effects[0].(transaction.Write)
		if !ok {
			break
		}
		b, err := transaction.EncodeRecord(w.Record)
		if err != nil {
			return nil, nil, fmt.Errorf("stepper: encoding a record: %w", err)
		}
		records, effects = append(records, b), effects[1:]
	}
	return records, effects, nil
}

func (s *Stepper) look() {
	s.state.Store(&State{State: s.cfg.Core.State(),
		JournalHead: s.cfg.Journal.Head(), JournalLength: s.cfg.Journal.Length()})
}
