package emv

import (
	"slices"

	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// recordCursor walks the application file locator, four bytes an entry: SFI,
// first record, last record, records for offline data authentication.
type recordCursor struct {
	afl    []byte
	at     int  // offset of the entry
	record byte // the record to read; 0 means the entry's first

	seen []tlv.Tag // in all records so far, kept or not
}

const lastEMVFile = 10 // SFI 1 to 10 hold EMV records; 11 to 30 are the issuer's

// nextRecord reads the records in the AFL's order (EMV 4.4 Book 3, clause
// 10.2). An entry is checked when its turn comes.
func (t *Transaction) nextRecord() Action {
	c := &t.records
	if c.at == len(c.afl) {
		return t.recordsRead()
	}
	if c.record == 0 {
		if !validEntry(c.afl[c.at : c.at+4]) {
			return t.cardError(ReasonAFL)
		}
		c.record = c.afl[c.at+1]
	}
	return t.transmit(readRecord(c.sfi(), c.record), (*Transaction).recordRead)
}

func (c *recordCursor) sfi() byte { return c.afl[c.at] >> 3 }

// advance goes to the next record or entry. Record 255 may be the last, so
// the comparison comes before the increment.
func (c *recordCursor) advance() {
	if c.record >= c.afl[c.at+2] {
		c.at, c.record = c.at+4, 0
		return
	}
	c.record++
}

func validEntry(e []byte) bool {
	sfi := e[0] >> 3
	return e[0]&0x07 == 0 && sfi >= 1 && sfi <= 30 && e[1] >= 1 && e[2] >= e[1] && int(e[3]) <= int(e[2])-int(e[1])+1
}

// recordRead takes one record. What stands in the issuer's own files may have
// any form and is not kept.
func (t *Transaction) recordRead(in Input) Action {
	data, sw := objects.Split(in.Response)
	if sw != swOK {
		return t.cardError(ReasonStatus)
	}
	t.collect(data)
	if t.records.sfi() <= lastEMVFile {
		if why := t.keepRecord(data); why != ReasonNone {
			return t.cardError(why)
		}
	}
	t.records.advance()
	return t.nextRecord()
}

func (t *Transaction) keepRecord(data []byte) Reason {
	l, ok := objects.Template(data, tlv.Tag70RecordTemplate)
	if !ok {
		return ReasonRecord
	}
	why := ReasonNone
	l.Primitives(func(e tlv.Element) bool {
		why = t.keepElement(e)
		return why == ReasonNone
	})
	return why
}

// keepElement stores one element of a record. An element twice is an error,
// whether or not the kernel has a use for it (Book 3, clause 10.2); one that the
// FCI or GET PROCESSING OPTIONS already gave is left as it was.
func (t *Transaction) keepElement(e tlv.Element) Reason {
	if slices.Contains(t.records.seen, e.Tag) {
		return ReasonRedundant
	}
	if len(t.records.seen) == maxRecordElements {
		return ReasonRecord
	}
	t.records.seen = append(t.records.seen, e.Tag)
	switch {
	case len(e.Value) == 0 || isResult(e.Tag) || t.givenBefore(e.Tag):
		return ReasonNone
	case !fixedLength(e.Tag, len(e.Value)):
		return ReasonFormat
	case objects.IsText(e.Tag) && !objects.Printable(e.Value) || e.Tag == tlv.Tag5F20CardholderName:
		return ReasonNone // names are not needed, so they are not kept
	case !t.card.Add(e.Tag, e.Value):
		return ReasonRecord
	default:
		return ReasonNone
	}
}

func (t *Transaction) givenBefore(tag tlv.Tag) bool {
	return t.card.Before(tag, t.fromFCI)
}

// isResult names what only a command of its own or a signature may give: a record
// must not plant it.
func isResult(tag tlv.Tag) bool {
	switch tag {
	case tlv.Tag9F26ApplicationCryptogram, tlv.Tag9F27CryptogramInformationData,
		tlv.Tag9F36ApplicationTransactionCounter, tlv.Tag9F10IssuerApplicationData,
		tlv.Tag9F4BSignedDynamicApplicationData, tagDataAuthenticationCode, tagICCDynamicNumber,
		tlv.Tag9F13LastOnlineATC, tagPINTryCounter:
		return true
	default:
		return false
	}
}

// fixedLength checks the elements that the kernel computes with (EMV 4.4
// Book 3, Annex A1).
func fixedLength(tag tlv.Tag, n int) bool {
	switch tag {
	case tlv.Tag5F24ApplicationExpirationDate, tlv.Tag5F25ApplicationEffectiveDate:
		return n == 3
	case tlv.Tag5F28IssuerCountryCode, tlv.Tag9F07ApplicationUsageControl, tlv.Tag9F08ApplicationVersionCard,
		tlv.Tag9F42ApplicationCurrencyCode:
		return n == 2
	case tlv.Tag9F0DIssuerActionCodeDefault, tlv.Tag9F0EIssuerActionCodeDenial, tlv.Tag9F0FIssuerActionCodeOnline:
		return n == 5
	case tagCAKeyIndex, tlv.Tag9F14LowerConsecutiveOfflineLimit, tlv.Tag9F23UpperConsecutiveOfflineLimit, tlv.Tag5F34PANSequenceNumber:
		return n == 1
	default:
		return true
	}
}

// recordsRead checks the whole before anything is done with it, both CDOLs
// included: a fault found later would need a reversal.
func (t *Transaction) recordsRead() Action {
	for _, tag := range [...]tlv.Tag{
		tlv.Tag5F24ApplicationExpirationDate, tlv.Tag5APAN, tlv.Tag8CCDOL1, tlv.Tag8DCDOL2,
	} {
		if !t.card.Has(tag) {
			return t.cardError(ReasonMissing)
		}
	}
	if why := t.checkAccount(); why != ReasonNone {
		return t.cardError(why)
	}
	for _, tag := range [...]tlv.Tag{tlv.Tag8CCDOL1, tlv.Tag8DCDOL2} {
		if !t.checkList(tag) {
			return t.cardError(ReasonCDOL)
		}
	}
	if t.order.TransactionType == typeRefund {
		return t.refund()
	}
	return t.authenticate()
}
