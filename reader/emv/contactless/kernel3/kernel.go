package kernel3

import (
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// A Kernel is one activation. It serves one goroutine and is used once.
type Kernel struct {
	cfg        Config
	keys       oda.Set
	order      emv.Order
	activation contactless.Activation
	ttq        ttq

	terminal objects.Store // what the terminal contributes, order included
	card     objects.Store // what the card sent: account data are here and in static
	fromFCI  int           // elements of card's index that the final SELECT gave
	static   []byte        // records for offline data authentication; never grows

	unsound bool // the static data are not what data authentication may use

	state    state
	awaits   emv.InputKind
	last     contactless.Step
	commands int
	capdu    []byte // the last command; reused
	records  recordCursor

	online, decline bool // required by the reader: Book C-3, clause 5.4.3 and on
	report          Report
}

// A state takes the input that it awaits and returns the next step.
type state func(*Kernel, emv.Input) contactless.Step

// New prepares the kernel for an activation. It returns ErrConfig, or
// ErrActivation for an order out of range, an AID that is none, 9F66 missing or
// without EMV mode, and an offline-only reader that may not approve.
func New(cfg Config, keys oda.Set, a contactless.Activation) (*Kernel, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	q := ttq(a.TTQ).narrowed(cfg, a.Order)
	if !a.HasTTQ || !q.chip() || q.offlineOnly() && !cfg.OfflineApproval ||
		!usable(a.Order) || len(a.AID) < 5 || len(a.AID) > 16 {
		return nil, ErrActivation
	}
	k := &Kernel{
		cfg: cfg, keys: keys, order: a.Order, activation: a, ttq: q,
		terminal: objects.NewStore(terminalBytes), card: objects.NewStore(storeBytes),
		static: make([]byte, 0, staticBytes), capdu: make([]byte, 0, maxCommand),
		awaits: emv.InputStart, state: (*Kernel).started,
	}
	storeOrder(&k.terminal, a.Order)
	storeConfig(&k.terminal, cfg)
	k.terminal.Set(tlv.Tag9F06ApplicationIdentifierTerminal, a.AID)
	k.terminal.Set(tag9F66TerminalQualifiers, q[:])
	return k, nil
}

// Maker gives Entry Point this kernel with its configuration and keys.
func Maker(cfg Config, keys oda.Set) contactless.NewKernel {
	return func(a contactless.Activation) (contactless.Kernel, error) {
		k, err := New(cfg, keys, a)
		if err != nil {
			return nil, err // no nil pointer in an interface
		}
		return k, nil
	}
}

// Next takes what happened and returns what to do. An input that the present
// state does not await changes nothing: the last step is returned again.
func (k *Kernel) Next(in emv.Input) contactless.Step {
	switch {
	case k.last.Outcome != nil:
	case in.Kind == emv.InputCardGone:
		k.last = k.tryAgain(ReasonCardGone)
	case in.Kind == emv.InputAbort:
		k.last = k.end(ReasonAborted)
	case in.Kind != k.awaits:
	case in.Kind == emv.InputResponse && (len(in.Response) < 2 || len(in.Response) > maxAnswer):
		k.last = k.end(emv.ReasonAnswer)
	default:
		k.last = k.state(k, in)
	}
	return k.last
}

// Wipe clears everything that the card sent and the last command. After it the
// kernel gives its outcome and Report, and no data.
func (k *Kernel) Wipe() {
	k.card.Wipe()
	k.terminal.Wipe()
	clear(k.static[:cap(k.static)])
	clear(k.capdu[:cap(k.capdu)])
	k.static, k.activation.FCI, k.last.Command = k.static[:0], nil, nil
	if k.last.Outcome == nil {
		k.last = k.end(ReasonAborted)
	}
}

// transmit sends a command and awaits its answer in the state next.
func (k *Kernel) transmit(c iso7816.Command, next state) contactless.Step {
	if k.commands++; k.commands > maxCommands {
		return k.end(emv.ReasonTooManyCommands)
	}
	capdu, err := c.Append(k.capdu[:0])
	if err != nil {
		panic("kernel3: internal error: command over its limit")
	}
	k.capdu, k.awaits, k.state = capdu, emv.InputResponse, next
	return contactless.Step{Command: capdu}
}

// requireOnline is the book's indicator of the same name; an offline-only reader
// declines instead.
func (k *Kernel) requireOnline() {
	if k.ttq.offlineOnly() {
		k.refuse(ReasonOfflineOnly)
		return
	}
	k.online = true
}

// refuse is the book's decline required by reader. The first reason stays.
func (k *Kernel) refuse(why emv.Reason) {
	if !k.decline {
		k.decline, k.report.Reason = true, why
	}
}
