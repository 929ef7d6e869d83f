package kernel3

import (
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// recordCursor walks the application file locator, four bytes an entry: SFI,
// first record, last record, records for offline data authentication.
type recordCursor struct {
	afl    []byte
	at     int  // offset of the entry
	record byte // the record to read; 0 means the entry's first
}

const lastEMVFile = 10 // SFI 1 to 10 hold EMV records; 11 to 30 are the issuer's

// nextRecord reads the records in the AFL's order (Book C-3, clause 5.4.1).
func (k *Kernel) nextRecord() contactless.Step {
	c := &k.records
	if c.at == len(c.afl) {
		return k.decide()
	}
	if c.record == 0 {
		if !validEntry(c.afl[c.at : c.at+4]) {
			return k.end(emv.ReasonAFL)
		}
		c.record = c.afl[c.at+1]
	}
	return k.transmit(iso7816.Command{INS: 0xB2, P1: c.record, P2: c.sfi()<<3 | 0x04, Expect: iso7816.ExpectAll},
		(*Kernel).recordRead)
}

func (c *recordCursor) sfi() byte { return c.afl[c.at] >> 3 }

// signed reports whether the record takes part in data authentication: the first
// ones of its entry do.
func (c *recordCursor) signed() bool { return int(c.record) < int(c.afl[c.at+1])+int(c.afl[c.at+3]) }

// advance goes to the next record or entry. Record 255 may be the last, so the
// comparison comes before the increment.
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
// any form and is not kept, but is signed as it came.
func (k *Kernel) recordRead(in emv.Input) contactless.Step {
	data, sw := objects.Split(in.Response)
	if sw != swOK {
		return k.end(emv.ReasonStatus)
	}
	if k.records.sfi() > lastEMVFile {
		k.signWhole(data)
	} else if why := k.keepRecord(data); why != emv.ReasonNone {
		return k.end(why)
	}
	k.records.advance()
	return k.nextRecord()
}

func (k *Kernel) keepRecord(data []byte) emv.Reason {
	body, is := objects.Envelope(data, tlv.Tag70RecordTemplate)
	if !is {
		return emv.ReasonRecord
	}
	l, err := tlv.ParseCard(body)
	if err != nil {
		return emv.ReasonRecord
	}
	k.sign(body) // without tag and length: EMV 4.4 Book 3, clause 10.3
	return k.keepAll(l)
}

// signWhole adds a record of the issuer's own files, which must be one template
// all the same (EMV 4.4 Book 3, clause 10.3).
func (k *Kernel) signWhole(data []byte) {
	if _, is := objects.Envelope(data, tlv.Tag70RecordTemplate); !is && k.records.signed() {
		k.unsound = true
	}
	k.sign(data)
}

// sign adds a record to the static data. What does not fit cannot be
// authenticated.
func (k *Kernel) sign(b []byte) {
	switch {
	case !k.records.signed():
	case len(b) > cap(k.static)-len(k.static):
		k.unsound = true
	default:
		k.static = append(k.static, b...)
	}
}

// keepAll stores the primitives of a template. One that the terminal owns or
// that the FCI gave is left as it was; one that comes twice is an error (clause
// 5.4.2.2).
func (k *Kernel) keepAll(l tlv.List) emv.Reason {
	why := emv.ReasonNone
	l.Primitives(func(e tlv.Element) bool {
		switch {
		case len(e.Value) == 0 || k.terminal.Has(e.Tag) || k.card.Before(e.Tag, k.fromFCI):
		case k.card.Has(e.Tag):
			why = emv.ReasonRedundant
		case !fits(e.Tag, len(e.Value)):
			why = emv.ReasonFormat
		case !k.keep(e.Tag, e.Value):
			why = emv.ReasonRecord
		}
		return why == emv.ReasonNone
	})
	return why
}

// keep stores one element. Names are not needed, so they are not kept. False
// means that there is no room.
func (k *Kernel) keep(tag tlv.Tag, v []byte) bool {
	switch {
	case objects.IsText(tag) && !objects.Printable(v) || tag == tlv.Tag5F20CardholderName:
		return true
	case tag == tag9F6EFormFactorIndicators:
		return len(v) != 4 || k.card.Add(tag, []byte{v[0], v[1], v[2], v[3] & 0xF0}) // clause 4.1.1.1
	default:
		return k.card.Add(tag, v)
	}
}
