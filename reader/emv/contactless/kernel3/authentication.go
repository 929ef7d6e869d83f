package kernel3

import (
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// authenticate is clause 5.6: fDDA before an offline approval, and fDDA or SDA
// before an online request where 9F66 announced that. After a failure the card's
// qualifiers say what follows. A non-nil outcome ends the transaction.
func (k *Kernel) authenticate() *contactless.Outcome {
	method := k.method()
	if method == nil {
		return nil
	}
	if method() {
		k.report.ODA = ODAPassed
		return nil
	}
	k.report.ODA = ODAFailed
	switch {
	case k.ctq().onlineIfODAFails() && !k.ttq.offlineOnly():
		k.requireOnline()
	case k.ctq().switchIfODAFails() && k.ttq.contactChip():
		k.report.Reason = ReasonODA
		return insertCard()
	default:
		k.refuse(ReasonODA)
	}
	return nil
}

// method is how to authenticate, nil where that is not asked for. A TC without
// the means for fDDA fails it.
func (k *Kernel) method() func() bool {
	switch aip := k.aip()[0]; {
	case k.decline:
		return nil
	case !k.online, k.ttq.odaForOnline() && aip&aipDDA != 0:
		return k.fastDynamic
	case k.ttq.odaForOnline() && aip&aipSDA != 0:
		return k.staticData
	default:
		return nil
	}
}

// fastDynamic verifies 9F4B (Annex on fDDA): version 01 signs unpredictable
// number, amount, currency and 9F69; version 00 the number alone.
func (k *Kernel) fastDynamic() bool {
	sdad, ok := k.card.Get(tlv.Tag9F4BSignedDynamicApplicationData)
	if !ok || k.aip()[0]&aipDDA == 0 {
		return false
	}
	signed, ok := k.signedByCard()
	if !ok {
		return false
	}
	issuer, static, ok := k.issuer()
	if !ok {
		return false
	}
	icc, err := oda.ICC(issuer, k.card.Value(tag9F46ICCCertificate), k.card.Value(tag9F48ICCRemainder),
		k.card.Value(tag9F47ICCExponent), k.card.Value(tlv.Tag5APAN), static, oda.Date(k.order.Date))
	if err != nil {
		return false
	}
	_, err = oda.FastDynamic(icc, sdad, signed)
	return err == nil
}

// signedByCard is the terminal dynamic data, from the order.
func (k *Kernel) signedByCard() ([]byte, bool) {
	related, ok := k.card.Get(tag9F69AuthenticationData)
	data := append(make([]byte, 0, 28), k.order.UnpredictableNumber[:]...)
	switch {
	case ok && related[0] == 0x01:
		data = append(data, k.terminal.Value(tlv.Tag9F02AmountAuthorised)...)
		data = append(data, k.terminal.Value(tlv.Tag5F2ATransactionCurrencyCode)...)
		return append(data, related...), true
	case ok && related[0] != 0x00:
		return nil, false
	default:
		return data, k.cfg.FDDAVersion00
	}
}

func (k *Kernel) staticData() bool {
	issuer, static, ok := k.issuer()
	if !ok {
		return false
	}
	_, err := oda.StaticData(issuer, k.card.Value(tag93SignedStaticData), static)
	return err == nil
}

// issuer recovers the issuer's key and completes the static data: the AIP where
// 9F4A names it; a list that names anything else fails (EMV 4.4 Book 3, clause
// 10.3).
func (k *Kernel) issuer() (key oda.PublicKey, static []byte, ok bool) {
	static = k.static
	if list, has := k.card.Get(tlv.Tag9F4ASDATagList); has {
		if len(list) != 1 || tlv.Tag(list[0]) != tlv.Tag82ApplicationInterchangeProfile || cap(static)-len(static) < 2 {
			return key, nil, false
		}
		static = append(static, k.card.Value(tlv.Tag82ApplicationInterchangeProfile)...)
	}
	index, has := k.card.Get(tag8FCAKeyIndex)
	if k.unsound || !has || !k.card.Has(tlv.Tag5APAN) {
		return key, nil, false
	}
	key, err := k.keys.Issuer(oda.RID(k.activation.AID[:5]), index[0], k.card.Value(tag90IssuerCertificate),
		k.card.Value(tag92IssuerRemainder), k.card.Value(tag9F32IssuerExponent), k.card.Value(tlv.Tag5APAN),
		oda.Date(k.order.Date))
	return key, static, err == nil
}
