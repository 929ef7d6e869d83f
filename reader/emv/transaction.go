package emv

import (
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// A Transaction is one card, from its reset to its outcome. It serves one
// goroutine and is used once.
type Transaction struct {
	cfg   Config
	order Order
	app   Application // the terminal's side of the selected application

	terminal objects.Store // what the terminal contributes, order included
	card     objects.Store // what the card sent: account data are here and nowhere else
	fromFCI  int           // elements of card's index that came before the records

	state  state
	awaits InputKind
	last   Action

	keys oda.Set // of certification authorities

	selection selection
	records   recordCursor
	auth      authentication
	cvm       cvmCursor

	commands   int
	capdu      []byte               // the last command; reused
	template   [maxDOLData + 3]byte // of GET PROCESSING OPTIONS
	asked      byte                 // kind of the last cryptogram that was asked for
	requested  bool                 // the caller was told to go online
	completing bool                 // the last GENERATE AC is out
	aborted    bool                 // by the caller, after ARQC
	host       HostResult
	scripts    scriptCursor
	decided    Action // the outcome, while scripts follow it
}

// A state takes the input that it awaits and returns the next action.
type state func(*Transaction, Input) Action

// New prepares a transaction. cfg must not be modified afterwards; errors in
// cfg or order come out as OutcomeBadOrder of the first Next.
func New(cfg Config, order Order) *Transaction {
	t := &Transaction{
		cfg: cfg, order: order,
		terminal: objects.NewStore(terminalBytes), card: objects.NewStore(storeBytes),
		capdu:  make([]byte, 0, maxCommand),
		awaits: InputStart, state: (*Transaction).started,
	}
	return t
}

// Next takes what happened and returns what to do. An input that the present
// state does not await changes nothing: the last action is returned again.
func (t *Transaction) Next(in Input) Action {
	switch {
	case t.last.Kind == ActionFinish:
	case in.Kind == InputCardGone:
		t.last = t.torn()
	case in.Kind == InputAbort:
		t.last = t.abort()
	case in.Kind != t.awaits && !(t.awaits == InputEnciphered && in.Kind == InputPIN):
	case in.Kind == InputResponse && (len(in.Response) < 2 || len(in.Response) > maxAnswer):
		t.last = t.cardError(ReasonAnswer)
	default:
		t.last = t.state(t, in)
	}
	return t.last
}

// Wipe clears everything that the card sent and the last command. Nothing can
// be asked of the transaction afterwards.
func (t *Transaction) Wipe() {
	t.card.Wipe()
	t.terminal.Wipe()
	t.auth.wipe()
	clear(t.template[:])
	clear(t.capdu[:cap(t.capdu)])
	t.scripts.wipe()
	t.awaits, t.state = 0, nil
	t.last = Action{Kind: ActionFinish, Outcome: t.last.Outcome, Reason: t.last.Reason}
}

// started checks the order and begins with the payment system environment.
func (t *Transaction) started(Input) Action {
	if !t.order.valid() {
		return t.finish(OutcomeBadOrder, ReasonOrder)
	}
	if t.cfg.Validate() != nil {
		return t.finish(OutcomeBadOrder, ReasonConfig)
	}
	keys, err := t.cfg.set()
	if t.keys = keys; err != nil {
		return t.finish(OutcomeBadOrder, ReasonConfig)
	}
	return t.selectPSE()
}

// reset prepares the terminal's data for one application. It runs again when
// the card sends us back to selection. All bits of TVR and TSI are clear then: a
// PDOL may ask for them (EMV 4.4 Book 3, clause 10.1).
func (t *Transaction) reset() {
	t.terminal.Wipe()
	t.card.Wipe()
	t.auth.wipe()
	t.cvm = cvmCursor{}
	t.storeOrder()
	t.storeConfig()
	t.terminal.Set(tlv.Tag95TerminalVerificationResults, make([]byte, 5))
	t.terminal.Set(tlv.Tag9BTransactionStatusInformation, make([]byte, 2))
	t.terminal.Set(tlv.Tag9F34CVMResults, []byte{cvmNotPerformed, 0, 0})
}

// lookup serves data object lists: the terminal's own value wins, so that no
// card can replace what the order says.
func (t *Transaction) lookup(tag tlv.Tag) ([]byte, bool) {
	if v, ok := t.terminal.Get(tag); ok {
		return v, true
	}
	return t.card.Get(tag)
}

// buildable: the list asks for nothing that cannot be given. The binary
// amount has four bytes and is refused above that rather than cut.
func (t *Transaction) buildable(d tlv.DOL) bool {
	return d.DataLength() <= maxDOLData &&
		(!d.Has(tlv.Tag81AmountAuthorisedBinary) || t.terminal.Has(tlv.Tag81AmountAuthorisedBinary))
}

func (t *Transaction) finish(o Outcome, why Reason) Action {
	t.awaits, t.state = 0, nil
	return Action{Kind: ActionFinish, Outcome: o, Reason: why}
}

// cardError ends the transaction at the card's fault. What was decided before an
// issuer script stays decided.
func (t *Transaction) cardError(why Reason) Action {
	switch {
	case t.decided.Kind == ActionFinish:
		return t.leaveScripts()
	case t.requested:
		return t.finish(OutcomeCardErrorAfterARQC, why)
	default:
		return t.finish(OutcomeCardError, why)
	}
}

func (t *Transaction) torn() Action {
	switch {
	case t.decided.Kind == ActionFinish:
		return t.leaveScripts()
	case t.requested && t.completing:
		return t.finish(OutcomeTornInCompletion, ReasonNone)
	case t.requested:
		return t.finish(OutcomeTornAfterARQC, ReasonNone)
	default:
		return t.finish(OutcomeTornBeforeARQC, ReasonNone)
	}
}

// abort: after ARQC the card is told by an AAC, unless it gave one already.
func (t *Transaction) abort() Action {
	switch {
	case t.completing:
		return t.last
	case t.requested && t.order.TransactionType == typeRefund:
		return t.finish(OutcomeAbortedAfterARQC, ReasonNone)
	case t.requested:
		t.aborted = true
		return t.complete(HostUnable)
	default:
		return t.finish(OutcomeAborted, ReasonNone)
	}
}
