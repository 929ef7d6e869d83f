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
	InputEnciphered
)

// An Input is what Next takes. Use the constructors.
type Input struct {
	Kind     InputKind
	Response []byte
	Took     uint32 // of a Response: from the command's end to the answer's, in 100 µs; 0: not measured
	Index    int
	PIN      PINResult
	Host     HostAnswer

	Enciphered []byte // the enciphered PIN, of the length of the card's key
}

// A PINResult is what the PIN pad reports. The PIN itself never comes here.
type PINResult byte

// The PIN pad's results.
const (
	PINEntered PINResult = iota + 1
	PINBypassed
	PINFailed      // the PIN pad was there and broke off
	PINUnavailable // no PIN pad
	PINKeyRefused  // the card's key for offline PINs does not verify; nobody was asked
)

// A HostResult is the host's decision.
type HostResult byte

// The host's decisions.
const (
	HostApproved HostResult = iota + 1 // after a referral too, where the caller got an approval
	HostDeclined                       // a referral (01, 02) that nobody followed up is one
	HostUnable                         // not reached, or no valid answer
)

// A HostAnswer is what came back from the host, its MAC already checked.
// The kernel copies what it keeps.
type HostAnswer struct {
	Result               HostResult
	ResponseCode         [2]byte // 8A, two characters; ignored for HostUnable
	IssuerAuthentication []byte  // 91, 8 to 16 bytes, or none
	Scripts              []byte  // templates 71 and 72 as received
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

// Enciphered answers ActionEncipherPIN with the block that goes to the card. It is
// read during Next only. A PINResult but PINEntered is an answer too.
func Enciphered(block []byte) Input { return Input{Kind: InputEnciphered, Enciphered: block} }

// Host is the host's answer.
func Host(a HostAnswer) Input { return Input{Kind: InputHost, Host: a} }

// Abort ends the transaction at the caller's will. After ARQC the card is
// still asked for an AAC; during the second GENERATE AC it has no effect.
func Abort() Input { return Input{Kind: InputAbort} }
