// Package virtualcard is a payment card in software, for demos, tests and the
// simulation: contact applications (EMV 4.4 Book 3, clause 6), contactless
// ones as kernels 2, 3, 4 and 6 expect them, and a stripe. Cryptograms can be
// checked by an issuer, signatures by a terminal that has the demo's CA key. A
// card can be reached in the same process (Conn) or behind pcscd through the
// virtual reader driver vpcd (Insert, Tray), and it can fail at any command.
// Replay is a card that plays a recorded transcript.
//
// How an issuer checks the usual one (CVN visa18; EMV 4.4 Book 2, Annex A1):
//
//	card master key   option A: TDES under IMK-AC of the last 16 digits of
//	                  PAN ‖ PSN, and of their complement; odd parity
//	session key       common: R = ATC ‖ 00 00 00 00 00 00, byte 3 set to F0
//	                  for the left and 0F for the right half; odd parity
//	cryptogram        ISO/IEC 9797-1 MAC algorithm 3, padding method 2, 8 bytes,
//	                  over 9F02 9F03 9F1A 95 5F2A 9A 9C 9F37 ‖ 82 ‖ 9F36 ‖ 9F10
//	9F10, 7 bytes     06 ‖ key index 01 ‖ CVN 12 ‖ CVR 03 aa bb cc (cvr.go)
//	91, method 2      ARPC 4 bytes ‖ CSU 4 bytes; ARPC = first 4 bytes of the
//	                  MAC under the session key over ARQC ‖ CSU. CSU byte 2
//	                  bit 8 (00 80 00 00) = issuer approves
//	91, method 1      ARPC 8 bytes ‖ ARC 2 bytes; ARPC = TDES under the
//	                  session key of ARQC XOR (ARC ‖ 00 00 00 00 00 00); ARC
//	                  3030 = issuer approves
//
// The other versions differ as version.go says: key, padding, what the MAC
// covers, and 9F10 of 18 bytes for mchip: key index 01 ‖ CVN ‖ CVR of 6 ‖ data
// authentication code 2 ‖ counters 8. Their ARC 0010 approves too.
//
// The second cryptogram covers the same elements, with 95 and 9F37 as CDOL2
// brought them and the new 9F10. The card gives a TC only where the terminal
// asks for one and either the issuer's approval was authentic or the profile
// approves offline.
//
// Script commands (CLA 84) end with a MAC of 8 bytes, or its first 4, over
// header ‖ ATC ‖ first cryptogram ‖ data.
//
// Tests and the operator's command may import it; a program of a world never.
// It must never hold a real card's data: PANs are under published test BINs.
//
// BUG(kernels): kernel 4 cards follow kernel 2 and kernel 6 cards kernel 3;
// what these schemes do differently after the cryptogram is missing.
package virtualcard

import "github.com/strongroom-pos/strongroom/reader/iso7816"

// A Card is one insertion or tap of a card. It serves one goroutine.
type Card struct {
	profile      Profile
	face         Interface
	memory       *Memory // outlives the insertion
	applications []*application

	count   int    // commands since the reset
	waiting []byte // T=0: what GET RESPONSE fetches
	tx      transaction
}

// New is a card in a contact slot. m outlives it; nil is a card never used.
func New(p Profile, m *Memory) (*Card, error) { return newCard(p, Contact, m) }

// NewContactless is a card in the field of a contactless reader.
func NewContactless(p Profile, m *Memory) (*Card, error) { return newCard(p, Contactless, m) }

func newCard(p Profile, face Interface, m *Memory) (*Card, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	p.setDefaults()
	if face == Contact && p.NoContacts {
		return nil, ErrInterface
	}
	if m == nil {
		m = NewMemory(p)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	c := &Card{profile: p, face: face, memory: m}
	for _, one := range p.each() {
		if face == Contactless && one.Tap == nil {
			continue
		}
		a, err := newApplication(one, face, m.application(one))
		if err != nil {
			return nil, err
		}
		c.applications = append(c.applications, a)
	}
	if len(c.applications) == 0 {
		return nil, ErrInterface
	}
	return c, nil
}

// ATR is a basic answer to reset that EMV allows, T=1 or T=0; without contacts
// what a PC/SC reader makes of a card of ISO/IEC 14443 type A.
func (c *Card) ATR() []byte {
	switch {
	case len(c.profile.AnswerToReset) > 0:
		return append([]byte(nil), c.profile.AnswerToReset...)
	case c.face == Contactless:
		return []byte{0x3B, 0x80, 0x80, 0x01, 0x01}
	case c.profile.T0:
		return []byte{0x3B, 0x60, 0x00, 0x00}
	default:
		return []byte{0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0x7C, 0x41, 0x92}
	}
}

// Protocol is T=1 or T=0, as the ATR says.
func (c *Card) Protocol() iso7816.Protocol {
	if c.byTurns() {
		return iso7816.T0
	}
	return iso7816.T1
}

// Interface is how the card is reached.
func (c *Card) Interface() Interface { return c.face }

// Reset forgets the transaction, not the memory.
func (c *Card) Reset() {
	c.count, c.waiting, c.tx = 0, nil, transaction{}
	c.memory.noteReset()
}

// Process answers one command, honestly. Faults are Do's.
func (c *Card) Process(capdu []byte) []byte {
	c.memory.mu.Lock()
	defer c.memory.mu.Unlock()
	if c.byTurns() {
		return c.processT0(capdu)
	}
	return c.process(capdu)
}

func (c *Card) process(capdu []byte) []byte {
	q, ok := parseCommand(capdu)
	if !ok {
		return status(0x6700)
	}
	if messaging(q.cla) {
		return c.script(q)
	}
	f := c.commands()[[2]byte{q.cla, q.ins}]
	if f == nil {
		return status(0x6D00)
	}
	return f(q)
}

// commands are all but scripts, by class and instruction.
func (c *Card) commands() map[[2]byte]func(command) []byte {
	return map[[2]byte]func(command) []byte{
		{0x00, 0xA4}: c.selectFile,
		{0x00, 0xB2}: c.readRecord,
		{0x80, 0xA8}: c.processingOptions,
		{0x80, 0xCA}: c.getData,
		{0x00, 0x84}: c.getChallenge,
		{0x00, 0x20}: c.verify,
		{0x00, 0x88}: c.internalAuthenticate,
		{0x00, 0x82}: c.externalAuthenticate,
		{0x80, 0xAE}: c.generateAC,
		{0x80, 0x2A}: c.computeChecksum,
		{0x80, 0xEA}: c.exchangeRelay,
		{0x80, 0xD0}: c.recoverAC,
	}
}
