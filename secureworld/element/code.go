package element

// Code is why an element refused. The reason in detail stays inside.
type Code uint8

// Codes.
const (
	CodeMalformed   Code = 1 // a frame that fits no request
	CodeKey         Code = 2 // no key for this, or the KSN is of another purpose
	CodeSeal        Code = 3 // account data, a MAC or a key block do not verify
	CodePIN         Code = 4 // a PIN or its block, whatever is wrong
	CodeCryptogram  Code = 5 // a cryptogram or a card verification value does not verify
	CodeInternal    Code = 6
	CodeUnavailable Code = 7 // set by a client: the element did not answer
	CodeApplet      Code = 8 // an applet that may not be here, or one that failed
	CodeNotLoaded   Code = 9 // nothing or not all of an applet is here, or there is no room for it
)

// Error implements error.
func (c Code) Error() string { return "element: " + c.String() }

func (c Code) String() string {
	switch c {
	case CodeMalformed:
		return "malformed request"
	case CodeKey:
		return "no such key for this use"
	case CodeSeal:
		return "does not verify"
	case CodePIN:
		return "PIN refused"
	case CodeCryptogram:
		return "cryptogram does not verify"
	case CodeInternal:
		return "internal fault"
	case CodeUnavailable:
		return "unavailable"
	case CodeApplet:
		return "applet refused"
	case CodeNotLoaded:
		return "applet not loaded"
	}
	return "unknown code"
}

// Valid checks the range.
func (c Code) Valid() bool { return c >= CodeMalformed && c <= CodeNotLoaded }

// Refusal is the answer to what an element does not do.
type Refusal struct {
	Code Code
}
