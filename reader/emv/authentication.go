package emv

import (
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// A method of offline data authentication.
type method byte

const (
	methodNone method = iota
	methodSDA
	methodDDA
	methodCDA
)

// authentication is the state of offline data authentication. What it keeps of
// the card lies in arrays that Wipe clears: records and lists may hold account
// data.
type authentication struct {
	method      method
	issuer, icc oda.PublicKey
	asked       bool // the last GENERATE AC wanted a CDA signature
	broken      bool // a record that takes part has no template, or too many bytes

	static staticData
	pdol   listData
	cdol1  listData
	cdol2  listData
	ddol   listData
	tdol   listData
}

func (a *authentication) wipe() {
	clear(a.issuer.Modulus)
	clear(a.icc.Modulus)
	*a = authentication{}
}

// combines reports whether a cryptogram is to be signed: CDA was chosen and no
// earlier step found the card out.
func (t *Transaction) combines() bool {
	tvr := t.terminal.Value(tlv.Tag95TerminalVerificationResults)
	return t.auth.method == methodCDA && tvr[tvrCDAFailed>>8]&byte(tvrCDAFailed) == 0
}

// authenticate does offline data authentication by the best method that AIP and
// 9F33 share (EMV 4.4 Book 3, clause 10.3). It may fail; it never stops a
// transaction by itself.
func (t *Transaction) authenticate() Action {
	t.auth.method = t.bestMethod()
	switch t.auth.method {
	case methodNone:
		t.setTVR(tvrODANotPerformed)
		return t.authenticated()
	case methodSDA:
		t.setTVR(tvrSDASelected)
	}
	if t.auth.method != methodCDA { // CDA is performed with GENERATE AC
		t.setTSI(tsiODAPerformed)
	}
	if !t.hasAll(t.auth.method.needs()) {
		t.setTVR(tvrICCDataMissing)
		return t.authenticationFailed()
	}
	if !t.completeStatic() || !t.recoverKeys() {
		return t.authenticationFailed()
	}
	return t.authenticateBy(t.auth.method)
}

func (t *Transaction) authenticateBy(m method) Action {
	switch {
	case m == methodDDA:
		return t.internalAuthenticate()
	case m == methodSDA && !t.verifyStatic():
		return t.authenticationFailed()
	}
	return t.authenticated()
}

// bestMethod: CDA before DDA before SDA. XDA is not built and not announced.
func (t *Transaction) bestMethod() method {
	able := t.terminal.Value(tlv.Tag9F33TerminalCapabilities)[2]
	switch {
	case able&capCDA != 0 && t.aip(aipCDA):
		return methodCDA
	case able&capDDA != 0 && t.aip(aipDDA):
		return methodDDA
	case able&capSDA != 0 && t.aip(aipSDA):
		return methodSDA
	}
	return methodNone
}

// needs lists what a card must bring (Book 3, clause 7.2). The remainders are
// needed by long keys only: without them a certificate does not verify.
func (m method) needs() []tlv.Tag {
	if m == methodSDA {
		return []tlv.Tag{tagCAKeyIndex, tagIssuerCertificate, tagIssuerExponent, tagSignedStaticData}
	}
	return []tlv.Tag{tagCAKeyIndex, tagIssuerCertificate, tagIssuerExponent, tagICCCertificate, tagICCExponent}
}

func (t *Transaction) hasAll(tags []tlv.Tag) bool {
	for _, tag := range tags {
		if !t.card.Has(tag) {
			return false
		}
	}
	return true
}

// recoverKeys verifies the chain from the certification authority to the issuer
// and, for a dynamic signature, to the card (Book 2, clauses 5.3, 6.3, 6.4).
func (t *Transaction) recoverKeys() bool {
	a, c, today := &t.auth, &t.card, oda.Date(t.order.Date)
	pan, index := c.Value(tlv.Tag5APAN), c.Value(tagCAKeyIndex)
	var err error
	a.issuer, err = t.keys.Issuer(t.rid(), index[0], c.Value(tagIssuerCertificate), c.Value(tagIssuerRemainder),
		c.Value(tagIssuerExponent), pan, today)
	if err != nil {
		return false
	}
	t.terminal.Set(tagCAKeyIndexTerminal, index)
	if a.method == methodSDA {
		return true
	}
	a.icc, err = oda.ICC(a.issuer, c.Value(tagICCCertificate), c.Value(tagICCRemainder), c.Value(tagICCExponent),
		pan, a.static.bytes(), today)
	return err == nil
}

// rid is the application's registered provider.
func (t *Transaction) rid() (rid oda.RID) {
	copy(rid[:], t.selection.chosen.AID)
	return rid
}

// verifyStatic is SDA (Book 2, clause 5.4).
func (t *Transaction) verifyStatic() bool {
	dac, err := oda.StaticData(t.auth.issuer, t.card.Value(tagSignedStaticData), t.auth.static.bytes())
	if err != nil {
		return false
	}
	return t.terminal.Set(tagDataAuthenticationCode, dac[:])
}

// internalAuthenticate is DDA (Book 2, clause 6.5.1). A list without the
// whole unpredictable number fails; a card without a list gets the default one.
func (t *Transaction) internalAuthenticate() Action {
	list := t.card.Value(tagDDOL)
	if len(list) == 0 {
		list = []byte{0x9F, 0x37, 0x04}
	}
	d, err := tlv.ParseDOL(list)
	if err != nil || !wholeNumber(d) || !t.build(&t.auth.ddol, d) {
		return t.authenticationFailed()
	}
	return t.transmit(iso7816.Command{
		INS: 0x88, Data: t.auth.ddol.bytes(), Expect: iso7816.ExpectAll,
	}, (*Transaction).internallyAuthenticated)
}

// wholeNumber: the list takes all four bytes of the unpredictable number. Over
// fewer a signature could have been made before.
func wholeNumber(d tlv.DOL) bool {
	for _, e := range d {
		if e.Tag == tlv.Tag9F37UnpredictableNumber && e.Length >= 4 {
			return true
		}
	}
	return false
}

// internallyAuthenticated takes the signature in either format. A card that
// gives none breaks the protocol (Book 3, clause 6.5.9); a wrong one fails DDA.
func (t *Transaction) internallyAuthenticated(in Input) Action {
	data, sw := objects.Split(in.Response)
	if sw != swOK {
		return t.cardError(ReasonStatus)
	}
	signature, ok := dynamicSignature(data)
	if !ok {
		return t.cardError(ReasonFormat)
	}
	number, err := oda.DynamicData(t.auth.icc, signature, t.auth.ddol.bytes())
	if err != nil {
		return t.authenticationFailed()
	}
	t.terminal.Set(tagICCDynamicNumber, number)
	return t.authenticated()
}

func dynamicSignature(data []byte) ([]byte, bool) {
	if b, ok := objects.Envelope(data, tlv.Tag80ResponseTemplate1); ok {
		return b, len(b) > 0
	}
	l, ok := objects.Template(data, tlv.Tag77ResponseTemplate2)
	if !ok {
		return nil, false
	}
	e, ok := l.Top(tlv.Tag9F4BSignedDynamicApplicationData)
	return e.Value, ok && len(e.Value) > 0
}

// authenticationFailed sets the bit of the method that was chosen.
func (t *Transaction) authenticationFailed() Action {
	t.noteAuthenticationFailure()
	return t.authenticated()
}

func (t *Transaction) noteAuthenticationFailure() {
	t.setTSI(tsiODAPerformed)
	switch t.auth.method {
	case methodSDA:
		t.setTVR(tvrSDAFailed)
	case methodDDA:
		t.setTVR(tvrDDAFailed)
	case methodCDA:
		t.setTVR(tvrCDAFailed)
	}
}

// authenticated goes on with the processing restrictions.
func (t *Transaction) authenticated() Action {
	if why := t.restrict(); why != ReasonNone {
		return t.cardError(why)
	}
	return t.verifyCardholder()
}
