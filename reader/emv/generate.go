package emv

import (
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// checkList refuses a CDOL that cannot be filled: a fault found later would
// need a reversal.
func (t *Transaction) checkList(tag tlv.Tag) bool {
	d, err := tlv.ParseDOL(t.card.Value(tag))
	return err == nil && t.buildable(d)
}

// generate asks for a cryptogram over the data of a CDOL, with a signature
// where CDA goes on. An AAC is never signed on demand (EMV 4.4 Book 4, clause
// 6.3.2.1).
func (t *Transaction) generate(kind byte, list tlv.Tag, to *listData, next state) Action {
	d, err := tlv.ParseDOL(t.card.Value(list))
	if err != nil {
		return t.cardError(ReasonCDOL)
	}
	t.hashTransaction(d)
	if !t.build(to, d) {
		return t.cardError(ReasonCDOL)
	}
	t.asked, t.auth.asked = kind, kind != acAAC && t.combines()
	p1 := kind
	if t.auth.asked {
		p1 |= signCDA
	}
	return t.transmit(iso7816.Command{CLA: 0x80, INS: 0xAE, P1: p1, Data: to.bytes(), Expect: iso7816.ExpectAll}, next)
}

// first asks for the first cryptogram.
func (t *Transaction) first(kind byte, code string) Action {
	t.setResponseCode(code)
	return t.generate(kind, tlv.Tag8CCDOL1, &t.auth.cdol1, (*Transaction).firstAnswered)
}

// firstAnswered takes the card's word. It may lower what it was asked for and
// never raise it: AAC, ARQC, TC. A signature that does not verify declines.
func (t *Transaction) firstAnswered(in Input) Action {
	c, signed, ok := t.cryptogram(in)
	if !ok {
		return t.cardError(ReasonCryptogram)
	}
	t.setTSI(tsiCardRiskManagement)
	switch {
	case c.raises(t.asked):
		return t.cardError(ReasonCryptogramRaised)
	case c.kind == acAAC:
		t.setResponseCode(codeDeclinedOffline)
		return t.finish(OutcomeDeclined, c.reason())
	case c.kind == acARQC && !signed:
		return t.declineCard()
	case !signed:
		t.setResponseCode(codeDeclinedOffline)
		return t.finish(OutcomeDeclined, ReasonSignature)
	case c.kind == acTC:
		return t.finish(OutcomeApprovedOffline, ReasonNone)
	}
	t.setResponseCode(codeNone)
	return t.goOnline()
}

func (t *Transaction) goOnline() Action {
	t.requested = true
	t.awaits, t.state = InputHost, (*Transaction).hostAnswered
	return Action{Kind: ActionGoOnline}
}

// declineCard ends a transaction whose ARQC has a false signature: an AAC at
// once, and no request to the host (EMV 4.4 Book 2, clause 6.6.2).
func (t *Transaction) declineCard() Action {
	t.completing = true
	t.setResponseCode(codeDeclinedOffline)
	return t.generate(acAAC, tlv.Tag8DCDOL2, &t.auth.cdol2, (*Transaction).cardDeclined)
}

func (t *Transaction) cardDeclined(in Input) Action {
	c, _, ok := t.cryptogram(in)
	switch {
	case !ok:
		return t.cardError(ReasonCryptogram)
	case c.kind != acAAC:
		return t.cardError(ReasonCryptogramRaised)
	}
	return t.finish(OutcomeDeclined, ReasonSignature)
}

// refund asks for an AAC at once: the card takes part in a refund by naming its
// account, and the host decides. Nothing has authenticated it.
func (t *Transaction) refund() Action {
	t.setTVR(tvrODANotPerformed)
	return t.generate(acAAC, tlv.Tag8CCDOL1, &t.auth.cdol1, (*Transaction).refundPrepared)
}

func (t *Transaction) refundPrepared(in Input) Action {
	c, _, ok := t.cryptogram(in)
	switch {
	case !ok:
		return t.cardError(ReasonCryptogram)
	case c.kind != acAAC:
		return t.cardError(ReasonCryptogramRaised)
	}
	t.setTSI(tsiCardRiskManagement)
	return t.goOnline()
}

// cryptogram reads an answer to GENERATE AC and keeps it. signed is false where
// a signature was asked for and does not verify. A counter that moved since the
// first means another card or another transaction.
func (t *Transaction) cryptogram(in Input) (c cryptogram, signed, ok bool) {
	data, sw := objects.Split(in.Response)
	if sw != swOK {
		return c, false, false
	}
	c, ok = parseCryptogram(data)
	if !ok || t.completing && !t.sameCounter(c) {
		return c, false, false
	}
	signed = t.verifyCombined(&c, data)
	if len(c.mac) == 0 && signed {
		return c, false, false // neither in the open nor signed
	}
	return c, signed, t.keepCryptogram(c)
}
