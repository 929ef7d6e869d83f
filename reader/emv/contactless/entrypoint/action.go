package entrypoint

import "github.com/strongroom-pos/strongroom/reader/emv/contactless"

// An ActionKind says what the caller must do next.
type ActionKind byte

// The actions.
const (
	ActionFieldOn      ActionKind = iota + 1 // switch the field on
	ActionFieldOff                           // switch it off and keep it off for HoldTenths
	ActionShow                               // show UI
	ActionAwaitStart                         // wait for the terminal
	ActionAwaitCard                          // poll for a card
	ActionTransmit                           // send Command to the card
	ActionKernel                             // Activation's kernel has been activated; nothing to do
	ActionFinish                             // Outcome is final
	ActionAwaitRestart                       // wait for the host
	ActionEnd                                // the session is over
)

// An Action is what Next returns. What it points to belongs to the session and
// is overwritten by the next call.
type Action struct {
	Kind       ActionKind
	Command    []byte
	UI         contactless.UI
	HoldTenths uint16 // in 100 ms
	Activation *contactless.Activation
	Outcome    *contactless.Outcome
}

// takes is the table of the package comment.
func (k ActionKind) takes(in InputKind) bool {
	switch k {
	case 0:
		return in == InputReady || in == InputStart
	case ActionAwaitStart:
		return in == InputStart
	case ActionAwaitCard:
		return in == InputCard || in == InputCollision || in == InputCollisionOver
	case ActionTransmit:
		return in == InputResponse || in == InputCardGone
	case ActionFinish:
		return in == InputRestart || in == InputRemovalDue || in == InputEnd
	case ActionAwaitRestart:
		return in == InputRestart || in == InputEnd
	case ActionEnd:
		return false
	default:
		return in == InputDone
	}
}

func show(m contactless.Message, s contactless.UIStatus) Action {
	return Action{Kind: ActionShow, UI: contactless.UI{Message: m, Status: s}}
}
