// Package virtualcard is an EMV contact card in software, for demos, tests and
// the simulation. Its applications answer to SELECT, GET PROCESSING OPTIONS,
// READ RECORD, GET DATA, EXTERNAL AUTHENTICATE and GENERATE AC (EMV 4.4
// Book 3, clause 6) with cryptograms that an issuer can check. It can be
// reached in the same process (Conn) or behind pcscd through the virtual
// reader driver vpcd (Insert, Tray), and it can fail at any command.
//
// How an issuer checks it (Visa CVN 18 layout, EMV 4.4 Book 2, Annex A1):
//
//	card master key   option A: TDES under IMK-AC of the last 16 digits of
//	                  PAN ‖ PSN, and of their complement; odd parity
//	session key       common: R = ATC ‖ 00 00 00 00 00 00, byte 3 set to F0
//	                  for the left and 0F for the right half; odd parity
//	cryptogram        ISO/IEC 9797-1 MAC algorithm 3, padding method 2, 8 bytes,
//	                  over 9F02 9F03 9F1A 95 5F2A 9A 9C 9F37 ‖ 82 ‖ 9F36 ‖ 9F10
//	9F10, 7 bytes     06 ‖ key index 01 ‖ CVN 12 ‖ CVR 03 aa bb 00
//	                  aa: top two bits second AC (00 AAC, 01 TC, 10 not asked),
//	                  next two bits first AC (00 AAC, 10 ARQC), 08 = issuer
//	                  authentication failed
//	91, method 2      ARPC 4 bytes ‖ CSU 4 bytes; ARPC = first 4 bytes of the
//	                  MAC under the session key over ARQC ‖ CSU. CSU byte 2
//	                  bit 8 (00 80 00 00) = issuer approves
//	91, method 1      ARPC 8 bytes ‖ ARC 2 bytes; ARPC = TDES under the
//	                  session key of ARQC XOR (ARC ‖ 00 00 00 00 00 00); ARC
//	                  3030 = issuer approves
//
// A profile names the method; 2 is the default. The second cryptogram covers
// the same elements, with 95 and 9F37 as CDOL2 brought them and the new 9F10.
// The card gives a TC only where the terminal asks for one and the issuer's
// approval was authentic.
//
// Tests and the operator's command may import it; a program of a world never.
// It must never hold a real card's data: PANs are under published test BINs.
package virtualcard

import (
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// A Card is one inserted card. It serves one goroutine.
type Card struct {
	profile Profile
	master  []byte  // card master key for application cryptograms
	atc     *uint16 // outlives the insertion

	files  map[[2]byte][]byte // records by SFI and number
	stage  stage
	count  int // commands since the reset
	cdol1  []byte
	arqc   []byte
	issuer issuerState
}

// A stage is how far the application has come since its selection.
type stage byte

const (
	stageNothing   stage = iota // nothing or only the PSE selected
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

// New makes a card from a profile. atc is the counter that outlives it; nil
// starts with the profile's.
func New(p Profile, atc *uint16) (*Card, error) {
	master, err := p.masterKey()
	if err != nil {
		return nil, err
	}
	if atc == nil {
		first := p.ATC
		atc = &first
	}
	c := &Card{profile: p, master: master, atc: atc}
	c.files = p.records()
	return c, nil
}

// ATR is a basic T=1 answer to reset that EMV allows.
func (c *Card) ATR() []byte {
	return []byte{0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0x7C, 0x41, 0x92}
}

// Reset forgets the transaction, not the counter.
func (c *Card) Reset() {
	c.stage, c.count, c.cdol1, c.arqc, c.issuer = stageNothing, 0, nil, nil, issuerSilent
}

// Process answers one command, honestly. Faults are Do's.
func (c *Card) Process(capdu []byte) []byte {
	q, ok := parseCommand(capdu)
	if !ok {
		return status(0x6700)
	}
	switch [2]byte{q.cla, q.ins} {
	case [2]byte{0x00, 0xA4}:
		return c.selectFile(q)
	case [2]byte{0x00, 0xB2}:
		return c.readRecord(q)
	case [2]byte{0x80, 0xA8}:
		return c.processingOptions(q)
	case [2]byte{0x80, 0xCA}:
		return c.getData(q)
	case [2]byte{0x00, 0x82}:
		return c.externalAuthenticate(q)
	case [2]byte{0x80, 0xAE}:
		return c.generateAC(q)
	default:
		return status(0x6D00)
	}
}

func (c *Card) selectFile(q command) []byte {
	if q.p1 != 0x04 {
		return status(0x6A86)
	}
	c.reselect()
	switch {
	case c.profile.Blocked:
		return status(0x6A81)
	case string(q.data) == pse && q.p2 == 0 && !c.profile.NoPSE:
		return answer(c.profile.pseFCI())
	case q.p2 == 0 && len(q.data) >= 5 && hasPrefix(c.profile.AID, q.data):
		c.stage = stageSelected
		return answer(c.profile.applicationFCI())
	default:
		return status(0x6A82)
	}
}

// reselect begins a new selection within one insertion.
func (c *Card) reselect() { n := c.count; c.Reset(); c.count = n }

func (c *Card) readRecord(q command) []byte {
	sfi := q.p2 >> 3
	if q.p2&0x07 != 0x04 || sfi != directorySFI && c.stage < stageInitiated {
		return status(0x6985)
	}
	r, ok := c.files[[2]byte{sfi, q.p1}]
	if !ok {
		return status(0x6A83)
	}
	return answer(r)
}

// processingOptions counts the transaction and answers in format 2, or 1.
func (c *Card) processingOptions(q command) []byte {
	if c.stage != stageSelected || *c.atc == 0xFFFF {
		return status(0x6985)
	}
	l, err := tlv.Parse(q.data)
	want, _ := tlv.ParseDOL(c.profile.pdol())
	if err != nil || len(l) != 1 || l[0].Tag != tlv.Tag83CommandTemplate || len(l[0].Value) != want.DataLength() {
		return status(0x6700)
	}
	*c.atc++
	c.stage = stageInitiated
	aip, afl := c.profile.aip(), afl()
	if c.profile.Format1 {
		return answer(tlv.Append(nil, tlv.Tag80ResponseTemplate1, append(aip, afl...)))
	}
	b := tlv.Append(nil, tlv.Tag82ApplicationInterchangeProfile, aip)
	b = tlv.Append(b, tlv.Tag94ApplicationFileLocator, afl)
	return answer(tlv.Append(nil, tlv.Tag77ResponseTemplate2, b))
}

func (c *Card) getData(q command) []byte {
	tag := tlv.Tag(q.p1)<<8 | tlv.Tag(q.p2)
	if tag != tlv.Tag9F36ApplicationTransactionCounter || c.stage < stageSelected {
		return status(0x6A88)
	}
	return answer(tlv.Append(nil, tag, c.counter()))
}

func (c *Card) counter() []byte { return binary.BigEndian.AppendUint16(nil, *c.atc) }

func hasPrefix(aid, asked []byte) bool {
	return len(aid) >= len(asked) && string(aid[:len(asked)]) == string(asked)
}
