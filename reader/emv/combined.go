package emv

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// signCDA is added to P1 of GENERATE AC (EMV 4.4 Book 3, clause 6.5.5.2).
const signCDA = 0x10

// verifyCombined checks the signature of a TC or ARQC for which one was asked
// (EMV 4.4 Book 2, clause 6.6.2) and puts the signed cryptogram into c. An AAC
// needs none. False means that CDA has failed; the TVR says so then.
func (t *Transaction) verifyCombined(c *cryptogram, data []byte) bool {
	if !t.auth.asked || c.kind == acAAC && len(c.signature) == 0 {
		return true
	}
	t.setTSI(tsiODAPerformed)
	signed, ok := t.openCombined(c, data)
	if !ok {
		t.noteAuthenticationFailure()
		return false
	}
	if len(c.mac) != 0 && !bytes.Equal(c.mac, signed.Cryptogram[:]) {
		t.noteAuthenticationFailure()
		return false
	}
	c.mac = signed.Cryptogram[:]
	t.terminal.Set(tagICCDynamicNumber, signed.ICCDynamicNumber)
	return true
}

// openCombined opens the signature. The hash covers what was sent for the lists
// and what came back, both as they were; CDOL2's data are empty at the first
// command. The signed cryptogram information must be the one beside it.
func (t *Transaction) openCombined(c *cryptogram, data []byte) (oda.Combined, bool) {
	body, ok := objects.Envelope(data, tlv.Tag77ResponseTemplate2)
	if !ok || len(c.signature) == 0 {
		return oda.Combined{}, false
	}
	before, behind, ok := objects.Cut(body, tlv.Tag9F4BSignedDynamicApplicationData)
	if !ok {
		return oda.Combined{}, false
	}
	a := &t.auth
	signed, err := oda.CombinedData(a.icc, c.signature, t.order.UnpredictableNumber,
		a.pdol.bytes(), a.cdol1.bytes(), a.cdol2.bytes(), before, behind)
	return signed, err == nil && signed.CID == c.cid[0]
}
