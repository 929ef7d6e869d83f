package entrypoint

import "github.com/strongroom-pos/strongroom/reader/emv"

// An InputKind says what happened.
type InputKind byte

// The inputs.
const (
	InputReady InputKind = iota + 1
	InputStart
	InputDone
	InputCard
	InputCollision
	InputCollisionOver
	InputResponse
	InputCardGone
	InputRemovalDue
	InputRestart
	InputEnd
	InputAbort
)

// An Input is what Next takes. Use the constructors.
type Input struct {
	Kind     InputKind
	Response []byte
	Took     uint32 // of a Response: as emv.Input has it
	Host     *emv.HostAnswer
}

// Ready puts field and display into the state between transactions (Book A,
// 8.1.1). It may be left out.
func Ready() Input { return Input{Kind: InputReady} }

// Start begins the transaction: at Start A, or at Start B with autorun.
func Start() Input { return Input{Kind: InputStart} }

// Done says that the last action is done.
func Done() Input { return Input{Kind: InputDone} }

// Card says that one card is in the field and activated.
func Card() Input { return Input{Kind: InputCard} }

// Collision says that more than one card is in the field.
func Collision() Input { return Input{Kind: InputCollision} }

// CollisionOver says that the collision is over.
func CollisionOver() Input { return Input{Kind: InputCollisionOver} }

// Response is the card's answer to the last command, status word last. It is
// read during Next only; the caller wipes it.
func Response(rapdu []byte) Input { return Input{Kind: InputResponse, Response: rapdu} }

// CardGone reports an error of transmission or protocol, or a time-out: the card
// may or may not have got the last command.
func CardGone() Input { return Input{Kind: InputCardGone} }

// RemovalDue says that the outcome's removal timeout has passed before the
// host's answer came: the cardholder is asked to take the card away.
func RemovalDue() Input { return Input{Kind: InputRemovalDue} }

// Restart follows an outcome that names a start point, with the host's answer
// where one was asked for; nil: none came. It ends the session where the outcome
// names no start point, or needs EMV data that the answer does not bring.
func Restart(host *emv.HostAnswer) Input { return Input{Kind: InputRestart, Host: host} }

// End follows an outcome that nothing comes after.
func End() Input { return Input{Kind: InputEnd} }

// Abort ends the session with End Application at the caller's will. An outcome
// that has been reached stays.
func Abort() Input { return Input{Kind: InputAbort} }
