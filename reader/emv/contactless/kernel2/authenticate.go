package kernel2

import (
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// judgeSigned verifies the combined signature (EMV 4.4 Book 2, clause 6.6). From
// here on only the cryptogram inside it counts. A failure is noted and ends the
// application.
func (k *Kernel) judgeSigned(data []byte) contactless.Step {
	c, ok := k.verify(data)
	if !ok {
		k.setTVR(tvrCDAFailed)
		return k.cardError(ErrorCAMFailed)
	}
	k.card.Set(tag9F4CICCDynamicNumber, c.ICCDynamicNumber)
	k.card.Set(tlv.Tag9F26ApplicationCryptogram, c.Cryptogram[:])
	return k.conclude()
}

func (k *Kernel) verify(data []byte) (oda.Combined, bool) {
	key, ok := k.cardKey()
	if !ok {
		return oda.Combined{}, false
	}
	body, _ := objects.Envelope(data, tlv.Tag77ResponseTemplate2)
	before, behind, ok := objects.Cut(body, tlv.Tag9F4BSignedDynamicApplicationData)
	if !ok {
		return oda.Combined{}, false
	}
	s := &k.terminal
	un := [4]byte(s.Value(tlv.Tag9F37UnpredictableNumber))
	c, err := oda.CombinedData(key, k.card.Value(tlv.Tag9F4BSignedDynamicApplicationData), un,
		s.Value(tagDF8111PDOLData), s.Value(tagDF8107CDOL1Data), before, behind)
	if err != nil || c.CID != k.card.Value(tlv.Tag9F27CryptogramInformationData)[0] {
		return oda.Combined{}, false
	}
	return c, !k.hasTVR(tvrRelayPerformed) || k.relaySigned(c.Tail)
}

// cardKey walks the certificates from the certification authority to the card.
func (k *Kernel) cardKey() (oda.PublicKey, bool) {
	v, pan, today := k.card.Value, k.card.Value(tlv.Tag5APAN), oda.Date(k.act.Order.Date)
	index := v(tag8FCAKeyIndex)
	if len(index) != 1 {
		return oda.PublicKey{}, false
	}
	issuer, err := k.keys.Issuer(k.rid(), index[0], v(tag90IssuerCertificate),
		v(tag92IssuerRemainder), v(tag9F32IssuerExponent), pan, today)
	if err != nil {
		return oda.PublicKey{}, false
	}
	key, err := oda.ICC(issuer, v(tag9F46ICCCertificate), v(tag9F48ICCRemainder), v(tag9F47ICCExponent), pan, k.signedData(), today)
	return key, err == nil
}

// signedData is the records and, where 9F4A says so, the AIP.
func (k *Kernel) signedData() []byte {
	out := append(make([]byte, 0, staticBytes+2), k.static...)
	if len(k.card.Value(tlv.Tag9F4ASDATagList)) == 1 {
		out = append(out, k.card.Value(tlv.Tag82ApplicationInterchangeProfile)...)
	}
	return out
}
