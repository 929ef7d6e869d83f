package kernel2

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// A Kernel is one transaction of kernel 2, from its activation to its outcome.
// It serves one goroutine and is used once.
type Kernel struct {
	cfg  Config
	app  Application
	keys oda.Set
	act  contactless.Activation

	terminal objects.Store // what the reader contributes, order included
	card     objects.Store // what the card sent: account data are here
	static   []byte        // the signed records, as received; never grows
	entropy  [4]byte       // of the present attempt of relay resistance

	state  state
	awaits emv.InputKind
	last   contactless.Step
	capdu  []byte // the last command; reused
	sent   int    // commands so far
	phase  phase

	records  recordCursor
	relay    relayState
	needsCDA bool // both sides can, and the card has not spoilt it
	ac       byte // the cryptogram that is asked for
	cvm      contactless.CVM
	receipt  bool
	stripe   stripePlan
	done     indicators
	problem  Indication

	emvOnly bool     // whatever the AIP says: it is not kernel 2 that runs
	own     tlv.List // what another kernel's reader contributes
}

type indicators struct {
	stripe    bool // data are magnetic stripe data
	recovered bool
}

// A phase says what a lost card means.
type phase byte

const (
	phaseOptions  phase = iota // nothing but GET PROCESSING OPTIONS was sent
	phaseReading               // nothing binding yet
	phaseAC                    // GENERATE AC is out
	phaseAgain                 // GENERATE AC is out after RECOVER AC failed
	phaseRecover               // RECOVER AC is out
	phaseChecksum              // COMPUTE CRYPTOGRAPHIC CHECKSUM is out
)

// A state takes the input that it awaits and returns the next step.
type state func(*Kernel, emv.Input) contactless.Step

// New checks the configuration and returns what makes kernels with it. keys are
// the certification authority keys for CDA. cfg must not be modified afterwards.
func New(cfg Config, keys oda.Set) (contactless.NewKernel, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return func(a contactless.Activation) (contactless.Kernel, error) {
		k, err := Activate(cfg, keys, a)
		if err != nil {
			return nil, err // not a nil *Kernel inside an interface
		}
		return k, nil
	}, nil
}

// Activate makes the kernel for one activation. It returns ErrConfig for an
// application that is not configured and ErrOrder for an order out of range.
func Activate(cfg Config, keys oda.Set, a contactless.Activation) (*Kernel, error) {
	app, ok := cfg.match(a.AID)
	if !ok {
		return nil, ErrConfig
	}
	if !validOrder(a.Order) {
		return nil, ErrOrder
	}
	a.FCI = bytes.Clone(a.FCI)
	return &Kernel{
		cfg: cfg, app: app, keys: keys, act: a,
		terminal: objects.NewStore(terminalBytes), card: objects.NewStore(cardBytes),
		static: make([]byte, 0, staticBytes), capdu: make([]byte, 0, maxCommand),
		awaits: emv.InputStart, state: (*Kernel).started, cvm: contactless.CVMNotApplicable,
	}, nil
}

// ActivateEMV runs the commands of EMV mode for a kernel that has the same ones
// and neither mag-stripe mode nor relay resistance, torn transactions or on-device
// CVM. own is what its reader contributes to data object lists. It returns
// ErrConfig where cfg has one of these.
func ActivateEMV(cfg Config, keys oda.Set, a contactless.Activation, own tlv.List) (*Kernel, error) {
	if cfg.Stripe != nil || cfg.Relay != nil || cfg.TornDepth != 0 || cfg.OnDeviceCVM {
		return nil, ErrConfig
	}
	a.Torn = nil
	k, err := Activate(cfg, keys, a)
	if err != nil {
		return nil, err
	}
	k.emvOnly, k.own = true, own
	return k, nil
}

// Next takes what happened and returns what to do. An input that the present
// state does not await changes nothing: the last step is returned again.
func (k *Kernel) Next(in emv.Input) contactless.Step {
	switch {
	case k.last.Outcome != nil:
	case in.Kind == emv.InputCardGone:
		k.last = k.gone()
	case in.Kind == emv.InputAbort:
		k.last = k.abort()
	case in.Kind != k.awaits:
	case in.Kind == emv.InputResponse && (len(in.Response) < 2 || len(in.Response) > maxAnswer):
		k.last = k.cardError(ErrorParsing)
	default:
		k.last = k.state(k, in)
	}
	return k.last
}

// Wipe clears all that the card sent, and the last command. The torn log is not
// the kernel's and stays.
func (k *Kernel) Wipe() {
	k.card.Wipe()
	k.terminal.Wipe()
	clear(k.static[:cap(k.static)])
	k.static = k.static[:0]
	clear(k.capdu[:cap(k.capdu)])
	clear(k.act.FCI)
	k.stripe = stripePlan{}
	k.state, k.awaits = nil, 0
	if k.last.Outcome == nil {
		k.last = contactless.Step{Outcome: &contactless.Outcome{Result: contactless.EndApplication, CVM: contactless.CVMNotApplicable}}
	}
}

// Recovered reports whether the cryptogram is that of a torn transaction. Its
// amounts are the order's; its unpredictable number, date and time are those of
// the order that was torn.
func (k *Kernel) Recovered() bool { return k.done.recovered }

// Indication says what went wrong, where something did.
func (k *Kernel) Indication() Indication { return k.problem }

// lookup serves data object lists: the reader's own value wins, so that no card
// can replace what the order says.
func (k *Kernel) lookup(tag tlv.Tag) ([]byte, bool) {
	if v, ok := k.terminal.Get(tag); ok {
		return v, true
	}
	return k.card.Get(tag)
}

// fill builds the data that a list asks for. The binary amount has four bytes
// and is refused above that rather than cut.
func (k *Kernel) fill(list []byte) ([]byte, bool) {
	d, err := tlv.ParseDOL(list)
	if err != nil || d.Has(tlv.Tag81AmountAuthorisedBinary) && !k.terminal.Has(tlv.Tag81AmountAuthorisedBinary) {
		return nil, false
	}
	data, err := d.Build(nil, k.lookup)
	return data, err == nil
}
