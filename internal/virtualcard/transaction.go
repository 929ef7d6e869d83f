package virtualcard

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// A transaction is what a card knows between a selection and the next.
type transaction struct {
	app    *application
	place  int // behind the application, in the list for partial names
	stage  stage
	values map[tlv.Tag][]byte // what the terminal brought; the latest wins
	before byte               // script commands of earlier transactions

	pdol, cdol1, cdol2 []byte // as they came
	records            map[[2]byte][]byte

	first       []byte // first cryptogram
	firstKind   byte
	issuer      issuerState
	unreachable bool // the terminal said that the issuer could not be reached

	challenge []byte // for an enciphered PIN
	pin       pinState
	signed    bool // INTERNAL AUTHENTICATE answered
	combined  [2]bool
	relay     []byte
	relays    int
}

// A stage is how far the application has come since its selection.
type stage byte

const (
	stageNothing   stage = iota // nothing or only a directory selected
	stageSelected               // application selected
	stageInitiated              // GET PROCESSING OPTIONS answered
	stageRequested              // ARQC given
	stageDone                   // transaction over
)

// issuerState is what the card knows of the issuer's answer.
type issuerState byte

const (
	issuerSilent   issuerState = iota // nothing came
	issuerFailed                      // wrong ARPC
	issuerDeclined                    // right ARPC that does not approve
	issuerApproved
)

// take cuts the data of a list into its values. False: another length.
func (t *transaction) take(d tlv.DOL, data []byte) bool {
	if d.DataLength() != len(data) {
		return false
	}
	for _, e := range d {
		n := e.Length
		t.values[e.Tag] = append([]byte(nil), data[:n]...)
		data = data[n:]
	}
	return true
}

// value is what the terminal brought, or n zeros where it brought another
// length or nothing.
func (t *transaction) value(tag tlv.Tag, n int) []byte {
	if v := t.values[tag]; len(v) == n {
		return v
	}
	return make([]byte, n)
}
