package door

// Code is why a member does not do what an MCU asks. It is outside the seal: an MCU
// that invents one delays, and gains nothing else.
type Code uint8

// Codes.
const (
	CodeAnswered    Code = 0  // of an Answer alone: the sealed answer may itself be a refusal
	CodeMalformed   Code = 1  // a frame that fits no request
	CodeState       Code = 2  // not permitted in this state
	CodeEpoch       Code = 3  // of another group, or of an epoch that is over
	CodeSession     Code = 4  // no such session here: the client opens another
	CodeReplay      Code = 5  // this counter was used, or is too old
	CodeSeal        Code = 6  // the question does not open
	CodeCertificate Code = 7  // an identity or a client that no authority vouches for
	CodeAgreement   Code = 8  // a contribution that is not what was committed to, or a false confirmation
	CodeUnavailable Code = 9  // no answer in time; of a member: its device is not there
	CodeQuorum      Code = 10 // set by an MCU: the members do not agree
	CodeVerb        Code = 11 // not of the common set of this group
	CodeLacks       Code = 12 // of a member: what was loaded into others is not there
	maxCode              = CodeLacks
)

// Error implements error.
func (c Code) Error() string { return "group: " + c.String() }

func (c Code) String() string {
	switch c {
	case CodeAnswered:
		return "answered"
	case CodeMalformed:
		return "malformed request"
	case CodeState:
		return "not in this state"
	case CodeEpoch:
		return "another epoch"
	case CodeSession:
		return "no such session"
	case CodeReplay:
		return "replayed"
	case CodeSeal:
		return "does not open"
	case CodeCertificate:
		return "not certified"
	case CodeAgreement:
		return "the agreement on a secret failed"
	case CodeUnavailable:
		return "unavailable"
	case CodeQuorum:
		return "no agreement"
	case CodeVerb:
		return "not of the common set"
	case CodeLacks:
		return "not loaded"
	}
	return "unknown code"
}

// Valid checks the range.
func (c Code) Valid() bool { return c <= maxCode }
