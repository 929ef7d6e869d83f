package entrypoint

import (
	"slices"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
)

// Kernels returns what makes the kernel with this identifier, 1 or 3 bytes; nil
// where there is none.
type Kernels func(id []byte) contactless.NewKernel

// A Session is one contactless transaction with its restarts. It serves one
// goroutine and is used once.
type Session struct {
	cfg          Config
	order        emv.Order
	kernels      Kernels
	combinations []combination // of the transaction type

	start   contactless.StartPoint // where the reader activated Entry Point
	restart bool
	again   bool // the kernel has asked for the card again in this activation
	host    *emv.HostAnswer

	candidates []candidate // best first; the first is the one selected
	activation contactless.Activation
	kernel     contactless.Kernel
	outcome    contactless.Outcome
	seen       [][]byte // every FCI, for Wipe

	state     state
	queue     []Action // what comes before the next input is asked for
	last      Action
	collision bool
	starts    int
	commands  int
	capdu     []byte // the last command of Entry Point; reused
}

// A state takes an input that the last action asked for and puts at least one
// action into the queue.
type state func(*Session, Input)

// New prepares a session. cfg has passed Validate and must not be modified
// afterwards.
func New(cfg Config, order emv.Order, kernels Kernels) *Session {
	return &Session{
		cfg: cfg, order: order, kernels: kernels,
		combinations: cfg.combinations(order.TransactionType),
		capdu:        make([]byte, 0, maxCommand),
		state:        (*Session).begin,
	}
}

// Next takes what happened and returns what to do. An input that the last action
// does not ask for changes nothing: that action is returned again.
func (s *Session) Next(in Input) Action {
	switch {
	case in.Kind == InputAbort && s.abort():
	case !s.last.Kind.takes(in.Kind):
		return s.last
	case len(s.queue) == 0:
		s.state(s, in)
	}
	s.last, s.queue = s.queue[0], s.queue[1:]
	return s.last
}

// Kernel is the active kernel: the one that gave the outcome, nil where Entry
// Point itself did.
func (s *Session) Kernel() contactless.Kernel { return s.kernel }

// Selected is what the kernel was activated with, zero if none was.
func (s *Session) Selected() (kernelID, aid []byte) {
	return slices.Clone(s.activation.KernelID), slices.Clone(s.activation.AID)
}

// Wipe clears everything that card and host sent, the kernel's data included.
// The session is over then.
func (s *Session) Wipe() {
	s.dropKernel()
	for _, fci := range s.seen {
		clear(fci)
	}
	clear(s.capdu[:cap(s.capdu)])
	if s.host != nil {
		clear(s.host.IssuerAuthentication)
		clear(s.host.Scripts)
	}
	s.activation, s.seen, s.host, s.candidates, s.queue = contactless.Activation{}, nil, nil, nil, nil
	s.last = Action{Kind: ActionEnd}
}

func (s *Session) dropKernel() {
	if s.kernel != nil {
		s.kernel.Wipe()
	}
	s.kernel = nil
}

func (s *Session) do(a ...Action) { s.queue = append(s.queue, a...) }

// transmit queues a command of Entry Point; answered gets a response, or
// InputCardGone.
func (s *Session) transmit(name []byte, answered state) {
	var err error
	s.capdu, err = iso7816.Command{
		INS: 0xA4, P1: 0x04, Data: name, Expect: iso7816.ExpectAll,
	}.Append(s.capdu[:0])
	if err != nil {
		panic("entrypoint: internal error: a name does not fit a command")
	}
	s.send(s.capdu, answered)
}

// send bounds the commands of a session. An answer that is too short or too
// long is an error of the transmission.
func (s *Session) send(capdu []byte, answered state) {
	if s.commands++; s.commands > maxCommands {
		s.endApplication()
		return
	}
	s.do(Action{Kind: ActionTransmit, Command: capdu})
	s.state = func(s *Session, in Input) {
		if len(in.Response) < 2 || len(in.Response) > maxAnswer {
			in = CardGone()
		}
		answered(s, in)
	}
}

// abort reports whether there was anything to end. An outcome that waits behind
// its messages is not replaced.
func (s *Session) abort() bool {
	switch s.last.Kind {
	case ActionFinish, ActionAwaitRestart, ActionEnd:
		return false
	}
	isFinal := func(a Action) bool { return a.Kind == ActionFinish || a.Kind == ActionEnd }
	if i := slices.IndexFunc(s.queue, isFinal); i >= 0 {
		s.queue = s.queue[i:]
		return true
	}
	s.queue = nil
	s.dropKernel()
	s.finish(contactless.Outcome{Result: contactless.EndApplication})
	return true
}
