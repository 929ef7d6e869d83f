package reading

import (
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// conclude makes the last message from the kernel's outcome.
func (t *transaction) conclude(o emv.Outcome) (byte, any) {
	if refund(t.order.Take) && (o == emv.OutcomeRefund || o == emv.OutcomeDeclinedByHost) {
		return t.finished(sred.CardNotAsked) // its AAC came before the host was asked
	}
	switch o {
	case emv.OutcomeApproved, emv.OutcomeApprovedUnableOnline:
		return t.finished(sred.CardApproved)
	case emv.OutcomeDeclined, emv.OutcomeDeclinedByHost, emv.OutcomeDeclinedByCard:
		return t.finished(sred.CardDeclined)
	}
	return t.order.failed(t.code(o))
}

// code of an outcome without the card's word. A cause that was found at the card
// or the link says more than the outcome.
func (t *transaction) code(o emv.Outcome) sred.Code {
	if t.order.cause != sred.CodeNone {
		return t.order.cause
	}
	switch o {
	case emv.OutcomeNotAccepted, emv.OutcomeCardBlocked:
		return sred.CodeNotAccepted
	case emv.OutcomeCardError, emv.OutcomeCardErrorAfterARQC:
		return sred.CodeCardError
	case emv.OutcomeTornBeforeARQC, emv.OutcomeTornAfterARQC, emv.OutcomeTornInCompletion:
		return sred.CodeCardRemoved
	case emv.OutcomeAborted, emv.OutcomeAbortedAfterARQC:
		return sred.CodeStopped
	}
	return sred.CodeInternal
}

// finished reports the cryptogram and the results. They come from the kernel's
// allow-list, which has no account data.
func (t *transaction) finished(r sred.CardResult) (byte, any) {
	return finishedFrom(t.order, r, t.tx.HostTLV(nil))
}

func finishedFrom(o *Order, r sred.CardResult, host []byte) (byte, any) {
	f := sred.Finished{Order: o.Take.Order, Result: r}
	if l, err := tlv.Parse(host); err == nil {
		fill(f.Cryptogram[:], l, tlv.Tag9F26ApplicationCryptogram)
		fill(f.TVR[:], l, tlv.Tag95TerminalVerificationResults)
		fill(f.TSI[:], l, tlv.Tag9BTransactionStatusInformation)
		if iad, ok := l.Find(tlv.Tag9F10IssuerApplicationData); ok && len(iad) <= 32 {
			f.IAD = iad
		}
		f.Scripts, _ = l.Find(tlv.Tag9F5BIssuerScriptResults)
	}
	return sred.KindFinished, f
}

func fill(dst []byte, l tlv.List, tag tlv.Tag) {
	if v, ok := l.Find(tag); ok && len(v) == len(dst) {
		copy(dst, v)
	}
}
