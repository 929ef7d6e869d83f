package transaction

import (
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// State is what Describe tells of the core.
type State struct {
	Terminal        payment.TerminalState
	Busy            payment.ID
	Batch           payment.Batch
	ReaderConnected bool
	PINPadConnected bool
	HostSignedOn    bool
	HostRefusal     payment.HostRefusal // why the last sign-on was refused
	CardPresent     bool
	Pending         uint32 // reversals
	Told            uint32 // captures and voids that the host has not answered
	OldestSeconds   uint32
	NeedsAttention  bool
	ReaderTop       uint32     // highest KSN counter that the reader used
	PINPadTop       uint32     // likewise the PIN pad
	Prepared        []Prepared // reversals that no host has confirmed
	Counters        Counters
}

// State describes the core as it stands after the last step.
func (c *Core) State() State {
	s := State{
		Terminal: c.terminalState(), Batch: c.batch,
		ReaderConnected: c.reader.connected && c.reader.ready, PINPadConnected: c.pinpad.connected,
		HostSignedOn: c.host.link == linkReady, HostRefusal: c.host.refusal, CardPresent: c.reader.card,
		Pending: uint32(len(c.reversals)), Told: uint32(len(c.outbox)), NeedsAttention: c.needsAttention(), ReaderTop: c.readerTop, PINPadTop: c.pinTop, Prepared: c.prepared(), Counters: c.counters,
	}
	if c.active != nil {
		s.Busy = c.active.view.ID
	}
	if len(c.reversals) > 0 {
		s.OldestSeconds = uint32(max(0, c.now.Sub(c.reversals[0].since).Seconds()))
	}
	return s
}

// unfit: the journal or the parameters are older than what was here before, so nothing
// that moves money begins.
func (c *Core) unfit() bool { return c.rolledBack || c.outdated }

func (c *Core) needsAttention() bool {
	return c.unfit() || c.repeat.failures >= AttentionAfter ||
		c.overdue() || c.tell.failures >= AttentionAfter || c.books.failures >= AttentionAfter
}

func (c *Core) terminalState() payment.TerminalState {
	switch {
	case c.unfit():
		return payment.TerminalStateNeedsAttention
	case c.active == nil && len(c.reversals) == 0 && c.exhausted():
		return payment.TerminalStateKeyExhausted
	case c.active != nil:
		return payment.TerminalStateBusy
	case len(c.reversals) > 0:
		return payment.TerminalStateReversalMode
	case c.host.link != linkReady && !c.host.everReady:
		return payment.TerminalStateBooting
	case c.host.link != linkReady:
		return payment.TerminalStateOffline
	case !c.reader.connected || !c.reader.ready:
		return payment.TerminalStateReaderUnavailable
	case !c.pinpad.connected:
		return payment.TerminalStatePINPadUnavailable
	}
	return payment.TerminalStateReady
}

// exhausted: too little of the host key is left for the three messages of a payment.
func (c *Core) exhausted() bool {
	const payment = 3 // request, reversal, repeat
	return c.cfg.HostKeysLeft != nil && c.cfg.HostKeysLeft() < HostKeysKept+payment
}

// standing is why nothing at all can start now.
func (c *Core) standing() mailbox.Code {
	switch {
	case c.unfit():
		return mailbox.CodeTampered
	case c.active != nil:
		return mailbox.CodeBusy
	case len(c.reversals) == 0 && (c.exhausted() || !(c.rrn + 1).Valid()):
		return mailbox.CodeKeyExhausted
	case c.host.link != linkReady && !c.host.everReady && c.cfg.OfflineLimit == 0:
		return mailbox.CodeBooting
	}
	return mailbox.CodeNone
}

// refusalByHost is why nothing can start now that asks the host.
func (c *Core) refusalByHost() mailbox.Code {
	if len(c.reversals) > 0 && c.active == nil && !c.unfit() {
		return mailbox.CodeReversalMode
	}
	if code := c.standing(); code != mailbox.CodeNone {
		return code
	}
	if c.host.link != linkReady {
		return mailbox.CodeHost
	}
	return mailbox.CodeNone
}

// refusal is why no payment can start now; CodeNone if one can.
func (c *Core) refusal(keyed bool) mailbox.Code {
	if code := c.refusalByHost(); code != mailbox.CodeNone {
		return code
	}
	return c.refusalByDevices(keyed)
}

func (c *Core) refusalByDevices(keyed bool) mailbox.Code {
	switch {
	case !keyed && (!c.reader.connected || !c.reader.ready):
		return mailbox.CodeReader
	case !c.pinpad.connected:
		return mailbox.CodePINPad
	}
	return mailbox.CodeNone
}
