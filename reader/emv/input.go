package emv

// An InputKind says what happened.
type InputKind byte

// The inputs.
const (
	InputStart InputKind = iota + 1
	InputResponse
	InputCardGone
	InputSelected
	InputPIN
	InputHost
	InputAbort
)

// An Input is what Next takes. Use the constructors.
type Input struct {
	Kind     InputKind
	Response []byte
	Index    int
	PIN      PINResult
	Host     HostAnswer
}

// A PINResult is what the PIN pad reports. The PIN itself never comes here.
type PINResult byte

// The PIN pad's results.
const (
	PINEntered PINResult = iota + 1
	PINBypassed
	PINFailed      // the PIN pad was there and broke off
	PINUnavailable // no PIN pad
)

// A HostResult is the host's decision.
type HostResult byte

// The host's decisions.
const (
	HostApproved HostResult = iota + 1
	HostDeclined
	HostUnable // not reached, or no valid answer
)

// A HostAnswer is what came back from the host, its MAC already checked.
// The kernel copies what it keeps.
type HostAnswer struct {
	Result               HostResult
	ResponseCode         [2]byte // 8A, two characters; ignored for HostUnable
	IssuerAuthentication []byte  // 91, 8 to 16 bytes, or none
	Scripts              []byte  // 71 and 72 as received; kept for a later kernel
}

// Start begins: a card is present and reset.
func Start() Input { return Input{Kind: InputStart} }

// Response is the card's answer to the last command, status word last. It is
// read during Next only; the caller wipes it.
func Response(rapdu []byte) Input { return Input{Kind: InputResponse, Response: rapdu} }

// CardGone says that the connection failed. The card may or may not have got the last
// command.
func CardGone() Input { return Input{Kind: InputCardGone} }

// Selected is the cardholder's choice: an index into Candidates, or -1 where
// the cardholder declined.
func Selected(index int) Input { return Input{Kind: InputSelected, Index: index} }

// PIN is the PIN pad's result.
func PIN(r PINResult) Input { return Input{Kind: InputPIN, PIN: r} }

// Host is the host's answer.
func Host(a HostAnswer) Input { return Input{Kind: InputHost, Host: a} }

// Abort ends the transaction at the caller's will. After ARQC the card is
// still asked for an AAC; during the second GENERATE AC it has no effect.
func Abort() Input { return Input{Kind: InputAbort} }
