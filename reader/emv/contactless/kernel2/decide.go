package kernel2

import (
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// recordsRead checks the whole of EMV mode before anything is decided.
func (k *Kernel) recordsRead() contactless.Step {
	if k.act.Order.Amount > k.transactionLimit() {
		return k.selectNext(ErrorMaxLimit)
	}
	for _, tag := range [...]tlv.Tag{tlv.Tag5APAN, tlv.Tag5F24ApplicationExpirationDate, tlv.Tag8CCDOL1} {
		if len(k.card.Value(tag)) == 0 {
			return k.cardError(ErrorDataMissing)
		}
	}
	if !k.accountAgrees() || !k.prepareCDA() {
		return k.cardError(ErrorCardData)
	}
	k.announceCVM()
	if !k.restrict() || !k.selectCVM() {
		return k.cardError(ErrorCardData)
	}
	k.manageRisk()
	k.ac = k.analyse()
	return k.recoverOrGenerate()
}

// manageRisk compares with the floor limit, and notes what the order knows of the
// merchant's wish and of the account.
func (k *Kernel) manageRisk() {
	o := k.act.Order
	if o.Amount > k.app.FloorLimit {
		k.setTVR(tvrFloorLimitExceeded)
	}
	if o.ForceOnline {
		k.setTVR(tvrForcedOnline)
	}
	if o.Exceptions != nil && o.Exceptions.Listed(k.card.Value(tlv.Tag5APAN), k.card.Value(tlv.Tag5F34PANSequenceNumber)) {
		k.setTVR(tvrExceptionFile)
	}
}

func (k *Kernel) transactionLimit() uint64 {
	if k.onDevice() {
		return k.app.TransactionLimitCVM
	}
	return k.app.TransactionLimit
}

func (k *Kernel) cvmNeeded() bool { return k.act.Order.Amount > k.app.CVMLimit }

// announceCVM puts the verification methods into 9F33 that count at this amount.
func (k *Kernel) announceCVM() {
	able := k.terminal.Value(tlv.Tag9F33TerminalCapabilities)
	if able[1] = k.cfg.CVMNotRequired[0]; k.cvmNeeded() {
		able[1] = k.cfg.CVMRequired[0]
		k.receipt = true
	}
}

// accountAgrees holds the card to one account: 5A well formed, 57 and 5F24 in
// agreement with it (EMV 4.4 Book 3, Annex A1; ISO/IEC 7812-1 for Luhn).
func (k *Kernel) accountAgrees() bool {
	pan := k.card.Value(tlv.Tag5APAN)
	n := objects.Digits(pan)
	if n < 12 || n > 19 || !objects.Padded(pan, n) || !k.cfg.AcceptAnyCheckDigit && !objects.Luhn(pan, n) {
		return false
	}
	if psn, ok := k.card.Get(tlv.Tag5F34PANSequenceNumber); ok && !objects.AllDigits(psn) {
		return false
	}
	expiry := k.card.Value(tlv.Tag5F24ApplicationExpirationDate)
	track, ok := k.card.Get(tlv.Tag57Track2EquivalentData)
	return objects.ValidDate(expiry) && (!ok || objects.Track2Agrees(track, pan, n, expiry))
}

// prepareCDA looks for what CDA needs. What is missing fails CDA; a tag list
// that names something else than the AIP is an error of the card.
func (k *Kernel) prepareCDA() bool {
	if !k.needsCDA {
		return true
	}
	list := k.card.Value(tlv.Tag9F4ASDATagList)
	if len(list) > 0 && (len(list) != 1 || tlv.Tag(list[0]) != tlv.Tag82ApplicationInterchangeProfile) {
		return false
	}
	for _, tag := range cdaElements() {
		if len(k.card.Value(tag)) == 0 {
			k.setTVR(tvrICCDataMissing)
			k.setTVR(tvrCDAFailed)
		}
	}
	if index := k.card.Value(tag8FCAKeyIndex); len(index) == 1 {
		if _, ok := k.keys.Find(k.rid(), index[0]); !ok {
			k.setTVR(tvrCDAFailed)
		}
	}
	return true
}

func cdaElements() []tlv.Tag {
	return []tlv.Tag{
		tag8FCAKeyIndex, tag90IssuerCertificate, tag9F32IssuerExponent,
		tag9F46ICCCertificate, tag9F47ICCExponent, tlv.Tag9F4ASDATagList,
	}
}

func (k *Kernel) rid() oda.RID { return oda.RID(k.act.AID[:5]) }
