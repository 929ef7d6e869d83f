package app

import (
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/account"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/unseal"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// arqc is the type of cryptogram in 9F27 that asks the issuer (EMV 4.4 Book 3,
// clause 6.5.5.4).
const (
	cryptogramType = 0xC0
	arqc           = 0x80
	aac            = 0x00
)

// readStripe fills in what may be known of a stripe: there is no application that
// could contradict the number's brand.
func readStripe(out *call.Authorised, pan *account.PAN) error {
	if out.Brand = pan.Brand(); out.Brand == payment.BrandUnknown {
		return call.CodeCardData
	}
	return nil
}

// readChip fills in what the receipt needs of the card's application, and checks
// that AID and PAN belong to one scheme before the cryptogram is used.
func readChip(out *call.Authorised, e unseal.EMV, pan *account.PAN, kind payment.Type) error {
	if cid, _ := e.Value(tlv.Tag9F27CryptogramInformationData); len(cid) != 1 || !asks(cid[0]&cryptogramType, kind) {
		return call.CodeCardData
	}
	out.AID = aidOf(e)
	if out.AID == (payment.AID{}) {
		return call.CodeCardData
	}
	var agrees bool
	out.Brand, agrees = pan.BrandUnder(payment.BrandOfRID([5]byte(out.AID.Bytes[:5])))
	cryptogram, _ := e.Value(tlv.Tag9F26ApplicationCryptogram)
	tvr, _ := e.Value(tlv.Tag95TerminalVerificationResults)
	if !agrees || len(cryptogram) != len(out.Cryptogram) || len(tvr) != len(out.TVR) {
		return call.CodeCardData
	}
	copy(out.Cryptogram[:], cryptogram)
	copy(out.TVR[:], tvr)
	out.Label = labelOf(e)
	return nil
}

// asks reports whether a cryptogram asks the issuer. A card that takes money is asked
// for no more than its name: it gives an AAC.
func asks(cryptogram byte, kind payment.Type) bool {
	return cryptogram == arqc || kind == payment.TypeRefund && cryptogram == aac
}

// aidOf prefers the name that the card answered with.
func aidOf(e unseal.EMV) payment.AID {
	for _, tag := range []tlv.Tag{tlv.Tag84DedicatedFileName, tlv.Tag9F06ApplicationIdentifierTerminal} {
		if v, there := e.Value(tag); there {
			return payment.NewAID(v)
		}
	}
	return payment.AID{}
}

// labelOf prefers the application preferred name. The card writes both, so one
// that payment refuses is left out, not shown.
func labelOf(e unseal.EMV) payment.Label {
	for _, tag := range []tlv.Tag{tlv.Tag9F12ApplicationPreferredName, tlv.Tag50ApplicationLabel} {
		v, _ := e.Value(tag)
		if l := payment.NewLabel(v); l != (payment.Label{}) {
			return l
		}
	}
	return payment.Label{}
}
