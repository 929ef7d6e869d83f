package main

import (
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func (r *reader) fails(c sred.Code) {
	r.waits = 0
	r.visit.epoch++
	r.say(transaction.ReaderFailed{Order: r.take_.Order, Code: c})
}

// source is a kernel.
type source interface {
	AccountTLV(dst []byte) []byte
	HostTLV(dst []byte) []byte
}

func (r *reader) finished(result sred.CardResult, k source) {
	r.waits = 0
	r.visit.epoch++
	f := sred.Finished{Order: r.take_.Order, Result: result}
	if k != nil {
		if l, err := tlv.Parse(k.HostTLV(nil)); err == nil {
			fill(f.Cryptogram[:], l, tlv.Tag9F26ApplicationCryptogram)
			fill(f.TVR[:], l, tlv.Tag95TerminalVerificationResults)
			fill(f.TSI[:], l, tlv.Tag9BTransactionStatusInformation)
			f.IAD, _ = l.Find(tlv.Tag9F10IssuerApplicationData)
			f.Scripts, _ = l.Find(tlv.Tag9F5BIssuerScriptResults)
		}
	}
	if result == sred.CardApproved {
		r.l.check.gaveTC(f.Cryptogram)
	}
	if r.l.w.planted(bugApprovedWithoutTC) && result == sred.CardDeclined {
		f.Result = sred.CardApproved
	}
	r.say(transaction.ReaderFinished(f))
}

func fill(dst []byte, l tlv.List, tag tlv.Tag) {
	if v, ok := l.Find(tag); ok && len(v) == len(dst) {
		copy(dst, v)
	}
}

// seal makes an envelope. Its counter is durable before the key exists.
func (r *reader) seal(number uint8, k source, entry byte, cvm []byte) sred.Envelope {
	r.used = counterAfter(r.used)
	data := tlv.Append(k.HostTLV(nil), tlv.Tag9F39POSEntryMode, []byte{entry})
	if cvm != nil {
		data = tlv.Append(data, contents.TagOutcomeCVM, cvm)
	}
	plain, err := contents.Pack(make([]byte, sred.SealedSize), k.AccountTLV(nil), data)
	if err != nil {
		panic(err)
	}
	e, err := sred.Seal(r.device.at(r.used), r.digest, r.id, number, plain)
	if err != nil {
		panic(err)
	}
	return e
}
