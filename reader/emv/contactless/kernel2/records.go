package kernel2

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
	next   func(*Kernel) contactless.Step
}

const lastEMVFile = 10 // SFI 1 to 10 hold EMV records; 11 to 30 are the issuer's

// readFirst refuses an AFL that has nothing left, and one with a bad entry,
// before anything is read.
func (k *Kernel) readFirst() contactless.Step {
	afl := k.records.afl
	if len(afl) == 0 {
		return k.cardError(ErrorCardData)
	}
	for at := 0; at < len(afl); at += 4 {
		if !validEntry(afl[at : at+4]) {
			return k.cardError(ErrorCardData)
		}
	}
	return k.nextRecord()
}

func validEntry(e []byte) bool {
	sfi := e[0] >> 3
	return e[0]&0x07 == 0 && sfi >= 1 && sfi <= 30 && e[1] >= 1 && e[2] >= e[1] && int(e[3]) <= int(e[2])-int(e[1])+1
}

func (k *Kernel) nextRecord() contactless.Step {
	c := &k.records
	if c.at == len(c.afl) {
		return c.next(k)
	}
	if c.record == 0 {
		c.record = c.afl[c.at+1]
	}
	return k.transmit(iso7816.Command{INS: 0xB2, P1: c.record, P2: c.sfi()<<3 | 0x04}, phaseReading, (*Kernel).recordRead)
}

func (c *recordCursor) sfi() byte { return c.afl[c.at] >> 3 }

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

// recordRead takes one record. What stands in the issuer's own files may have
// any form and is not kept, but may be signed.
func (k *Kernel) recordRead(in emv.Input) contactless.Step {
	data, stop := k.answer(in)
	if stop != nil {
		return *stop
	}
	if k.records.sfi() <= lastEMVFile {
		l, ok := objects.Template(data, tlv.Tag70RecordTemplate)
		if !ok {
			return k.cardError(ErrorParsing)
		}
		if e := k.keepAll(l, sourceRecord); e != ErrorNone {
			return k.cardError(e)
		}
	}
	if k.needsCDA && k.records.signed() {
		k.keepStatic(data)
	}
	k.records.advance()
	return k.nextRecord()
}

// keepStatic collects what the card's certificate covers: of EMV's files the
// record without its header, of the others the whole record, which must be one
// template 70 (EMV 4.4 Book 3, clause 10.3).
func (k *Kernel) keepStatic(data []byte) {
	body, ok := objects.Envelope(data, tlv.Tag70RecordTemplate)
	if k.records.sfi() > lastEMVFile {
		body = data
	}
	if !ok || len(body) > cap(k.static)-len(k.static) {
		k.setTVR(tvrCDAFailed)
		return
	}
	k.static = append(k.static, body...)
}
