package transaction

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// Core is the state of the secure world's transactions. It is not safe for
// concurrent use: one caller steps it.
type Core struct {
	cfg Config

	stan      payment.STAN
	rrn       payment.RRN
	topPaid   payment.RRN // the highest that a payment has had
	batch     payment.Batch
	readerTop uint32 // highest KSN counter of the reader
	pinTop    uint32 // highest KSN counter of the PIN pad

	parameters uint32 // highest version of the signed parameters that was in force
	outdated   bool   // those in force are older
	fallbacks  []fallback

	payments  map[payment.ID]*entry
	done      []payment.ID // completed ones, oldest first
	active    *entry       // in progress, nil when idle
	reversals []*entry     // to be reversed, oldest first
	outbox    []*entry     // the host must be told of, in the order in which it was asked for
	changed   []*entry     // whose view another payment has changed, to be published
	sequence  uint64       // of payments
	issued    uint32       // numbers, in the batch that is open

	reader struct{ connected, ready, card bool }
	pinpad struct{ connected bool }
	host   hostState
	repeat repeatState
	advice adviceState
	tell   tellState
	books  bookState
	given  givenState // refunds that no payment was named for

	generation [TimerCount]uint64
	counters   Counters
	rekey      rekeyState
	rolledBack bool // the host knows more of this terminal than it does itself

	now    time.Time
	random [RandomSize]byte
	out    []Effect
}

// Counters count what is refused or strange.
type Counters struct {
	Envelopes   uint64 // refused
	Late        uint64 // answers that nobody waited for
	BadMACs     uint64
	Unpermitted uint64 // device messages that the state does not allow
}

type phase uint8

const (
	phaseNone phase = iota
	phaseCard
	phaseChoice  // the cardholder chooses an application
	phaseChain   // the application verifies a certificate chain
	phaseOffline // a PIN for the card
	phasePAN
	phasePIN
	phaseKeying  // a card is keyed in
	phaseConfirm // a person confirms a refund at the PIN pad
	phaseAuthorise
	phaseAlone   // the card decides, the host is away
	phaseSealing // the application builds the advice of that
	phaseHost
	phaseFinish
	phaseTelling // in the outbox
	phaseResolving
	phaseDone
)

// entry is one payment.
type entry struct {
	view  mailbox.View
	start mailbox.Start
	phase phase

	order    sred.OrderID
	terms    call.Terms
	hasPIN   bool
	offline  bool // a PIN was enciphered for the card
	wrong    bool // and was wrong
	tries    uint8
	choices  uint8 // how many applications the cardholder was asked to choose from
	pinKSN   [12]byte
	pinBlock [16]byte

	accept  bool // the card was told that the host approved
	scripts bool // and what its issuer wants of it
	intent  *Intent
	told    *Told
	resolve *Reversing
	repeats bool // the first frame may have left: the repeat is sent from now on
	since   time.Time

	sequence  uint64
	confirmed bool            // by a person, at the PIN pad
	read      call.Authorised // what is known of a card that is to approve by itself
	shown     *ShowBalance
	promised  promises
	captures  []payment.ID
}

// atCard reports whether the payment is complete only with the card's own word. It
// is known once the application has opened the card's data.
func (p *entry) atCard() bool {
	return p.view.Card.EntryMode.AtCard() && p.start.Type != payment.TypeRefund
}

// New returns a core with nothing in it.
func New(cfg Config) *Core {
	return &Core{cfg: cfg, batch: 1, payments: map[payment.ID]*entry{}}
}

// Step takes one event and returns what must be done, in order.
func (c *Core) Step(in Input) []Effect {
	c.now, c.random, c.out = in.Now, in.Random, nil
	c.dispatch(in.Event)
	c.tellNext()
	c.adviseNext()
	c.settleNext()
	return c.out
}

func (c *Core) dispatch(e Event) {
	switch e := e.(type) {
	case Start:
		c.onStart(e)
	case Cancel:
		c.onCancel(e)
	case Status:
		c.onStatus(e)
	case ReaderUp, ReaderDown, ReaderProgress, ReaderVerify, ReaderVerifyOffline, ReaderChoose, ReaderOnline,
		ReaderFinished, ReaderFailed:
		c.onReader(e)
	case PINPadUp, PINPadDown, PINEntered, PINEnciphered, Chosen, Confirmed, CardKeyed, PINFailed:
		c.onPINPad(e)
	case ChainVerified:
		c.onChainVerified(e)
	case PANSealed:
		c.onPANSealed(e)
	case Authorised:
		c.onAuthorised(e)
	case WorkFailed:
		c.onWorkFailed(e)
	case AnswerChecked:
		c.onAnswerChecked(e)
	case ReversalChecked:
		c.onReversalChecked(e)
	case AdviceBuilt:
		c.onAdviceBuilt(e)
	case AdviceChecked:
		c.onAdviceChecked(e)
	case Completed:
		c.onCompleted(e)
	case FollowChecked:
		c.onFollowChecked(e)
	case Settle, Batch, Difference, SettleBuilt, SettleChecked, ItemsBuilt, ItemsChecked:
		c.onBatch(e)
	case HostUp, HostDown, HostFrame, HostLate, NetworkBuilt, NetworkChecked:
		c.onHost(e)
	case ReplaceKey:
		c.onReplaceKey(e)
	case KeyReplaced:
		c.onKeyReplaced(e)
	case TimerFired:
		c.onTimer(e)
	}
}

func (c *Core) do(e ...Effect) { c.out = append(c.out, e...) }

func (c *Core) write(r Record) { c.do(Write{Record: r}) }

func (c *Core) notify(p *entry) {
	p.view.Version++
	c.do(Notify{View: p.view})
}

// issue takes the next numbers. They are durable by the record that follows.
func (c *Core) issue() (payment.STAN, payment.RRN) {
	c.stan = c.stan.Next()
	for c.waits(c.stan) {
		c.stan = c.stan.Next()
	}
	c.rrn++
	c.issued++
	return c.stan, c.rrn
}

func (c *Core) setTimer(t Timer, after time.Duration) {
	c.generation[t]++
	c.do(SetTimer{Timer: t, Generation: c.generation[t], After: after})
}

// stopTimer makes whatever fires stale.
func (c *Core) stopTimer(t Timer) { c.generation[t]++ }

// of returns the active payment if order is that of its running attempt.
func (c *Core) of(order sred.OrderID) *entry {
	if c.active == nil || c.active.order != order {
		return nil
	}
	return c.active
}
