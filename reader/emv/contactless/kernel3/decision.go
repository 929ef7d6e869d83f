package kernel3

import (
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

const (
	aipDDA    = 0x20 // byte 1: fDDA
	aipSDA    = 0x40 // byte 1: SDA, for online authorisations only
	aipStripe = 0x80 // byte 2: magnetic stripe mode
)

// decide comes when the card has said all it says. The order is the book's:
// clauses 5.3 to 5.8.
func (k *Kernel) decide() contactless.Step {
	if k.ttq.stripe() && k.aip()[1]&aipStripe != 0 {
		return k.stripe()
	}
	if why := k.mandatory(); why != emv.ReasonNone {
		return k.end(why)
	}
	k.classify()
	for _, step := range [...]func() *contactless.Outcome{k.restrict, k.authenticate} {
		if o := step(); o != nil {
			return k.finish(*o)
		}
	}
	cvm := contactless.CVMNotApplicable
	if !k.decline {
		cvm = k.verify()
	}
	switch {
	case k.decline:
		return k.declined()
	case k.online:
		return k.onlineRequest(cvm)
	default:
		return k.approved(cvm)
	}
}

func (k *Kernel) aip() [2]byte { return [2]byte(k.card.Value(tlv.Tag82ApplicationInterchangeProfile)) }

// mandatory is clause 5.4.2.1, and the agreement of the account data.
func (k *Kernel) mandatory() emv.Reason {
	for _, tag := range [...]tlv.Tag{
		tlv.Tag9F26ApplicationCryptogram, tlv.Tag9F36ApplicationTransactionCounter, tlv.Tag84DedicatedFileName,
		tlv.Tag9F10IssuerApplicationData, tlv.Tag57Track2EquivalentData,
	} {
		if !k.card.Has(tag) {
			if tag == tlv.Tag9F26ApplicationCryptogram && k.aip()[1]&aipStripe != 0 {
				return ReasonStripe
			}
			return emv.ReasonMissing
		}
	}
	if !k.deriveCID() {
		return emv.ReasonMissing
	}
	return k.checkAccount()
}

// deriveCID makes 9F27 from the card verification results where the card did not
// send it: byte 5 bits 6 and 5 of 9F10 (clause 5.4.3.1).
func (k *Kernel) deriveCID() bool {
	if k.card.Has(tlv.Tag9F27CryptogramInformationData) {
		return true
	}
	iad := k.card.Value(tlv.Tag9F10IssuerApplicationData)
	return len(iad) >= 5 && k.card.Add(tlv.Tag9F27CryptogramInformationData, []byte{iad[4] << 2 & 0xC0})
}

// classify is clause 5.4.3.2. A TC where an online cryptogram was required goes
// online.
func (k *Kernel) classify() {
	switch k.card.Value(tlv.Tag9F27CryptogramInformationData)[0] >> 6 {
	case 0:
		k.report.Cryptogram = AAC
		k.refuse(ReasonCard)
	case 1:
		k.report.Cryptogram = TC
		if k.ttq.onlineRequired() {
			k.requireOnline()
		}
	case 2:
		k.report.Cryptogram = ARQC
		k.requireOnline()
	default:
		k.refuse(ReasonCryptogram)
	}
}

func (k *Kernel) ctq() ctq {
	v, ok := k.card.Get(tag9F6CCardQualifiers)
	if !ok {
		return ctq{}
	}
	return ctq(v)
}

// stripe is the MSD path: track 2 goes online, whose last digits changed with the
// counter. The cardholder is verified by what the reader has.
func (k *Kernel) stripe() contactless.Step {
	if !k.card.Has(tlv.Tag57Track2EquivalentData) {
		return k.end(emv.ReasonMissing)
	}
	if why := k.checkAccount(); why != emv.ReasonNone {
		return k.end(why)
	}
	k.requireOnline()
	cvm := contactless.CVMNone
	if k.ttq.cvmRequired() {
		cvm = k.verifyUnasked()
	}
	if k.decline {
		return k.declined()
	}
	s := k.onlineRequest(cvm)
	s.Outcome.Stripe = true
	return s
}
