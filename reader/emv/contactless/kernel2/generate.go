package kernel2

import (
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

const signatureRequested = 0x10 // P1 of GENERATE AC: CDA

// generate sends GENERATE AC (Book C-2, procedure "Prepare GENERATE AC command").
func (k *Kernel) generate(p phase) contactless.Step {
	data, ok := k.fill(k.card.Value(tlv.Tag8CCDOL1))
	if !ok || !k.terminal.Set(tagDF8107CDOL1Data, data) {
		return k.cardError(ErrorCardData)
	}
	p1 := k.referenceControl()
	k.terminal.Set(tagDF8114ReferenceControl, []byte{p1})
	return k.transmit(iso7816.Command{CLA: 0x80, INS: 0xAE, P1: p1, Data: data}, p, (*Kernel).generated)
}

// referenceControl asks for a signature where CDA can still succeed. A device
// that verified its holder is not believed without one.
func (k *Kernel) referenceControl() byte {
	switch {
	case !k.needsCDA || k.hasTVR(tvrCDAFailed):
		if k.onDevice() {
			k.ac = acAAC
		}
		return k.ac
	case k.ac != acAAC || k.capable(cardCDAOnAll):
		return k.ac | signatureRequested
	default:
		return k.ac
	}
}

// generated takes the answer. A torn log entry of the card is void now: the card
// began a new transaction.
func (k *Kernel) generated(in emv.Input) contactless.Step {
	k.act.Torn.Remove(k.tornCard())
	data, stop := k.answer(in)
	if stop != nil {
		return *stop
	}
	e := ErrorNone
	if body, ok := objects.Envelope(data, tlv.Tag80ResponseTemplate1); ok {
		e = k.takeFormat1(body)
	} else {
		e = k.takeFormat2(data)
	}
	if e != ErrorNone {
		return k.cardError(e)
	}
	return k.judge(data)
}

// takeFormat1 has no room for a signature.
func (k *Kernel) takeFormat1(b []byte) L2Error {
	if len(b) < 11 || len(b) > maxFormat1 {
		return ErrorParsing
	}
	for _, e := range []tlv.Element{
		{Tag: tlv.Tag9F27CryptogramInformationData, Value: b[:1]},
		{Tag: tlv.Tag9F36ApplicationTransactionCounter, Value: b[1:3]},
		{Tag: tlv.Tag9F26ApplicationCryptogram, Value: b[3:11]},
		{Tag: tlv.Tag9F10IssuerApplicationData, Value: b[11:]},
	} {
		if len(e.Value) == 0 {
			continue
		}
		if err := k.keep(e, sourceResult); err != ErrorNone {
			return err
		}
	}
	return ErrorNone
}

func (k *Kernel) takeFormat2(data []byte) L2Error {
	l, ok := objects.Template(data, tlv.Tag77ResponseTemplate2)
	if !ok {
		return ErrorParsing
	}
	return k.keepAll(l, sourceResult)
}

// judge holds the cryptogram to what was asked: the card may lower, never raise.
// Then the signature decides, where there is one.
func (k *Kernel) judge(data []byte) contactless.Step {
	cid := k.card.Value(tlv.Tag9F27CryptogramInformationData)
	if len(cid) != 1 || !k.card.Has(tlv.Tag9F36ApplicationTransactionCounter) {
		return k.cardError(ErrorDataMissing)
	}
	if !lowered(k.asked()&acMask, cid[0]&acMask) {
		return k.cardError(ErrorCardData)
	}
	if len(k.card.Value(tlv.Tag9F4BSignedDynamicApplicationData)) > 0 {
		return k.judgeSigned(data)
	}
	return k.judgeUnsigned(cid[0] & acMask)
}

// asked is P1 of the command that the answer belongs to.
func (k *Kernel) asked() byte { return k.terminal.Value(tagDF8114ReferenceControl)[0] }

func lowered(asked, got byte) bool {
	switch got {
	case acAAC:
		return true
	case acARQC:
		return asked != acAAC
	case acTC:
		return asked == acTC
	default:
		return false
	}
}

// judgeUnsigned: a signature that was asked for may be missing only from an AAC
// that nobody wanted.
func (k *Kernel) judgeUnsigned(kind byte) contactless.Step {
	if !k.card.Has(tlv.Tag9F26ApplicationCryptogram) {
		return k.cardError(ErrorDataMissing)
	}
	signed := k.asked()&signatureRequested != 0
	if signed && (kind != acAAC || k.asked()&acMask == acAAC) {
		return k.cardError(ErrorCardData)
	}
	if !signed && kind != acAAC && k.hasTVR(tvrRelayPerformed) {
		k.markTrack2()
	}
	return k.conclude()
}
