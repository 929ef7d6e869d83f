package emv

import (
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// triesUnknown: the card did not tell its PIN try counter.
const triesUnknown = -1

// offlinePIN begins an offline enciphered PIN (EMV 4.4 Book 3, clause 10.5.1;
// Book 2, clause 7). The kernel fetches the card's challenge and hands it out
// with the card's certificates; who enciphers holds the PIN, and the kernel
// never does.
func (t *Transaction) offlinePIN() Action {
	switch {
	case t.cvm.bypassed:
		return t.pinBypassed()
	case !t.hasPINKey():
		return t.ruleFailed()
	}
	return t.transmit(getData(tagPINTryCounter), (*Transaction).triesRead)
}

// hasPINKey: the card brought a key of its own for PINs or, failing that, the
// one for authentication (Book 2, clause 7.1).
func (t *Transaction) hasPINKey() bool {
	return t.hasAll([]tlv.Tag{tagCAKeyIndex, tagIssuerCertificate, tagIssuerExponent}) &&
		(t.hasAll([]tlv.Tag{tagPINKeyCertificate, tagPINKeyExponent}) ||
			t.hasAll([]tlv.Tag{tagICCCertificate, tagICCExponent}))
}

// triesRead: no tries left, then nobody is asked. A card need not tell.
func (t *Transaction) triesRead(in Input) Action {
	t.cvm.tries, t.cvm.wrong = triesUnknown, false
	if v, formed := element(in.Response, tagPINTryCounter, 1); formed && v != nil {
		t.cvm.tries = int(v[0])
	}
	if t.cvm.tries == 0 {
		t.setTVR(tvrPINTryLimit)
		return t.ruleFailed()
	}
	return t.getChallenge()
}

func (t *Transaction) getChallenge() Action {
	return t.transmit(iso7816.Command{INS: 0x84, Expect: iso7816.ExpectAll}, (*Transaction).challengeRead)
}

// challengeRead: anything but eight bytes, and no PIN can be enciphered.
func (t *Transaction) challengeRead(in Input) Action {
	data, sw := objects.Split(in.Response)
	if sw != swOK || len(data) != len(t.cvm.challenge) {
		return t.ruleFailed()
	}
	copy(t.cvm.challenge[:], data)
	t.awaits, t.state = InputEnciphered, (*Transaction).pinEnciphered
	return Action{Kind: ActionEncipherPIN, Tries: t.cvm.tries, Wrong: t.cvm.wrong}
}

// pinEnciphered takes the enciphered PIN, or the word of a PIN pad that has none.
func (t *Transaction) pinEnciphered(in Input) Action {
	switch {
	case in.Kind == InputPIN && in.PIN == PINBypassed:
		return t.pinBypassed()
	case in.Kind == InputPIN && in.PIN == PINKeyRefused:
		return t.ruleFailed()
	case in.Kind == InputPIN || len(in.Enciphered) < minPINData || len(in.Enciphered) > maxPINData:
		t.setTVR(tvrNoPINPad)
		return t.ruleFailed()
	}
	return t.transmit(iso7816.Command{INS: 0x20, P2: 0x88, Data: in.Enciphered}, (*Transaction).pinVerified)
}

// pinVerified reads the card's verdict (Book 3, clause 6.5.12): right; wrong,
// with tries left; or none left, now or before.
func (t *Transaction) pinVerified(in Input) Action {
	_, sw := objects.Split(in.Response)
	left := int(sw & 0x0F)
	switch {
	case sw == swOK:
		return t.pinRight()
	case sw == swPINBlocked, sw == swPINReferenceInvalid, sw == swPINWrong:
		t.setTVR(tvrPINTryLimit)
	case sw&0xFFF0 == swPINWrong && (t.cvm.tries == triesUnknown || left < t.cvm.tries):
		t.cvm.tries, t.cvm.wrong = left, true
		return t.getChallenge()
	}
	return t.ruleFailed() // a counter that does not fall would ask for ever
}

// pinRight: with a signature behind it, the result is open until someone has
// looked at that (EMV 4.4 Book 4, clause 6.3.4.5).
func (t *Transaction) pinRight() Action {
	if t.cvm.rule()[0]&cvmCodeMask == cvmEncipheredSignature {
		return t.verified(cvmUnknown)
	}
	return t.verified(cvmSuccessful)
}

// pinBypassed: the cardholder passed the PIN over, and so every further method
// with a PIN (Book 4, clause 6.3.4.3). The configuration may forbid it.
func (t *Transaction) pinBypassed() Action {
	if t.app.RefusePINBypass {
		return t.finish(OutcomeAborted, ReasonBypass)
	}
	t.cvm.bypassed = true
	t.setTVR(tvrPINNotEntered)
	return t.ruleFailed()
}
