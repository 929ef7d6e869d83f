package emv

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// Cryptogram types: P1 of GENERATE AC and the top bits of 9F27 (EMV 4.4
// Book 3, clauses 6.5.5.2 and 6.5.5.4).
const (
	acAAC  = 0x00
	acTC   = 0x40
	acARQC = 0x80
	acMask = 0xC0
)

// A cryptogram is one answer to GENERATE AC. Its fields are parts of it.
type cryptogram struct {
	kind          byte
	cid, atc, mac []byte
	issuerAppData []byte
}

// fill builds the data that a CDOL in the card's store asks for.
func (t *Transaction) fill(list tlv.Tag) ([]byte, error) {
	d, err := tlv.ParseDOL(t.card.Value(list))
	if err != nil || !t.buildable(d) {
		return nil, tlv.ErrDOL
	}
	return d.Build(nil, t.lookup)
}

// generate asks for a cryptogram over the data of a CDOL.
func (t *Transaction) generate(kind byte, list tlv.Tag, next state) Action {
	data, err := t.fill(list)
	if err != nil {
		return t.cardError(ReasonCDOL)
	}
	return t.transmit(iso7816.Command{CLA: 0x80, INS: 0xAE, P1: kind, Data: data, Expect: iso7816.ExpectAll}, next)
}

// parseCryptogram reads both formats (6.5.5.4).
func parseCryptogram(data []byte) (cryptogram, bool) {
	if b, ok := objects.Envelope(data, tlv.Tag80ResponseTemplate1); ok {
		if len(b) < 11 {
			return cryptogram{}, false
		}
		return cryptogram{cid: b[:1], atc: b[1:3], mac: b[3:11], issuerAppData: b[11:]}.checked()
	}
	l, ok := objects.Template(data, tlv.Tag77ResponseTemplate2)
	if !ok {
		return cryptogram{}, false
	}
	var c cryptogram
	for _, e := range l {
		var field *[]byte
		switch e.Tag {
		case tlv.Tag9F27CryptogramInformationData:
			field = &c.cid
		case tlv.Tag9F36ApplicationTransactionCounter:
			field = &c.atc
		case tlv.Tag9F26ApplicationCryptogram:
			field = &c.mac
		case tlv.Tag9F10IssuerApplicationData:
			field = &c.issuerAppData
		default:
			continue
		}
		if *field != nil {
			return cryptogram{}, false // twice: which one would count?
		}
		*field = e.Value
	}
	return c.checked()
}

func (c cryptogram) checked() (cryptogram, bool) {
	if len(c.cid) != 1 || len(c.atc) != 2 || len(c.mac) != 8 || len(c.issuerAppData) > 32 {
		return cryptogram{}, false
	}
	c.kind = c.cid[0] & acMask
	return c, c.kind != acMask
}

// keepCryptogram replaces the results of an earlier GENERATE AC.
func (t *Transaction) keepCryptogram(c cryptogram) bool {
	t.card.Drop(tlv.Tag9F10IssuerApplicationData)
	return t.card.Set(tlv.Tag9F27CryptogramInformationData, c.cid) &&
		t.card.Set(tlv.Tag9F36ApplicationTransactionCounter, c.atc) &&
		t.card.Set(tlv.Tag9F26ApplicationCryptogram, c.mac) &&
		(len(c.issuerAppData) == 0 || t.card.Add(tlv.Tag9F10IssuerApplicationData, c.issuerAppData))
}

// analyse is terminal action analysis (EMV 4.4 Book 3, clause 10.7): denied
// by an action code, else always online.
func (t *Transaction) analyse() Action {
	if t.denied() {
		return t.generate(acAAC, tlv.Tag8CCDOL1, (*Transaction).declinedFirst)
	}
	return t.generate(acARQC, tlv.Tag8CCDOL1, (*Transaction).requestedFirst)
}

// denied: an issuer without denial code denies nothing.
func (t *Transaction) denied() bool {
	tvr, issuer := t.terminal.Value(tlv.Tag95TerminalVerificationResults), t.card.Value(tlv.Tag9F0EIssuerActionCodeDenial)
	for i, b := range tvr {
		mask := t.app.TACDenial[i]
		if len(issuer) == len(tvr) {
			mask |= issuer[i]
		}
		if b&mask != 0 {
			return true
		}
	}
	return false
}

// first reads the answer to the first GENERATE AC.
func (t *Transaction) first(in Input) (cryptogram, bool) {
	data, sw := objects.Split(in.Response)
	if sw != swOK {
		return cryptogram{}, false
	}
	c, ok := parseCryptogram(data)
	return c, ok && t.keepCryptogram(c)
}

// declinedFirst: an AAC was asked for, and the card cannot give more.
func (t *Transaction) declinedFirst(in Input) Action {
	c, ok := t.first(in)
	switch {
	case !ok:
		return t.cardError(ReasonCryptogram)
	case c.kind != acAAC:
		return t.cardError(ReasonCryptogramRaised)
	default:
		t.setTSI(tsiCardRiskManagement)
		return t.finish(OutcomeDeclined, ReasonNone)
	}
}

// requestedFirst: an ARQC was asked for. The card may decline; a TC that
// nobody asked for is a fault.
func (t *Transaction) requestedFirst(in Input) Action {
	c, ok := t.first(in)
	if !ok {
		return t.cardError(ReasonCryptogram)
	}
	t.setTSI(tsiCardRiskManagement)
	switch c.kind {
	case acTC:
		return t.cardError(ReasonCryptogramRaised)
	case acAAC:
		return t.finish(OutcomeDeclined, ReasonNone)
	}
	t.requested = true
	t.awaits, t.state = InputHost, (*Transaction).hostAnswered
	return Action{Kind: ActionGoOnline}
}

// second reads the answer to the second GENERATE AC. A counter that moved
// means another card or another transaction.
func (t *Transaction) second(in Input) (cryptogram, bool) {
	data, sw := objects.Split(in.Response)
	if sw != swOK {
		return cryptogram{}, false
	}
	c, ok := parseCryptogram(data)
	if !ok || !bytes.Equal(c.atc, t.card.Value(tlv.Tag9F36ApplicationTransactionCounter)) {
		return cryptogram{}, false
	}
	return c, t.keepCryptogram(c)
}
