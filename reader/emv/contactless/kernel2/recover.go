package kernel2

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// recoverOrGenerate asks a card that was torn away for the cryptogram that it
// had made (Book C-2: torn transaction recovery). Only a transaction of the same
// amounts, currency, country and type is recovered: the host must get what the
// order says. Another one makes the old entry void.
func (k *Kernel) recoverOrGenerate() contactless.Step {
	if !k.recoverable() {
		return k.generate(phaseAC)
	}
	entry, ok := k.act.Torn.Find(k.tornCard())
	if !ok {
		return k.generate(phaseAC)
	}
	defer clear(entry.Elements)
	old, err := tlv.Parse(entry.Elements)
	if err != nil || !k.sameOrder(old) {
		k.act.Torn.Remove(entry.Card)
		return k.generate(phaseAC)
	}
	data, _ := old.Top(tagDF8113DRDOLData)
	return k.transmit(iso7816.Command{CLA: 0x80, INS: 0xD0, Data: data.Value}, phaseRecover, (*Kernel).recovered)
}

func (k *Kernel) recoverable() bool {
	return k.cfg.TornDepth > 0 && len(k.card.Value(tag9F51DRDOL)) > 0
}

func (k *Kernel) sameOrder(old tlv.List) bool {
	for _, tag := range [...]tlv.Tag{
		tlv.Tag9F02AmountAuthorised, tlv.Tag9F03AmountOther, tlv.Tag5F2ATransactionCurrencyCode,
		tlv.Tag9F1ATerminalCountryCode, tlv.Tag9CTransactionType,
	} {
		if e, ok := old.Top(tag); !ok || !bytes.Equal(e.Value, k.terminal.Value(tag)) {
			return false
		}
	}
	return true
}

// recovered takes the answer to RECOVER AC. A card that has nothing to recover
// gets a GENERATE AC.
func (k *Kernel) recovered(in emv.Input) contactless.Step {
	data, sw := objects.Split(in.Response)
	if sw != swOK {
		return k.generate(phaseAgain)
	}
	if !k.restore() {
		return k.cardError(ErrorCardData)
	}
	if e := k.takeFormat2(data); e != ErrorNone {
		return k.cardError(e)
	}
	return k.judge(data)
}

// restore puts the torn transaction's data in place of the present ones, since
// the cryptogram covers them, and takes the entry out of the log.
func (k *Kernel) restore() bool {
	entry, ok := k.act.Torn.Find(k.tornCard())
	defer clear(entry.Elements)
	old, err := tlv.Parse(entry.Elements)
	if !ok || err != nil {
		return false
	}
	for _, e := range old {
		if !k.terminal.Set(e.Tag, e.Value) {
			return false
		}
	}
	k.cvm = cvmOf(k.terminal.Value(tlv.Tag9F34CVMResults))
	k.receipt = k.receipt || k.cvm == contactless.CVMSignature
	k.done.recovered = true
	k.act.Torn.Remove(entry.Card)
	return true
}

// keepTorn remembers a transaction whose card left after GENERATE AC. A recovered
// or second attempt replaces the first.
func (k *Kernel) keepTorn() {
	if !k.recoverable() {
		return
	}
	data, ok := k.fill(k.card.Value(tag9F51DRDOL))
	if !ok || !k.terminal.Set(tagDF8113DRDOLData, data) {
		return
	}
	elements := make([]byte, 0, terminalBytes)
	for _, tag := range tornElements() {
		if v, ok := k.terminal.Get(tag); ok {
			elements = tlv.Append(elements, tag, v)
		}
	}
	k.act.Torn.Put(contactless.TornEntry{Card: k.tornCard(), Seconds: seconds(k.act.Order), Elements: elements})
	clear(elements)
}

// tornElements is what the cryptogram may cover or the outcome needs.
func tornElements() []tlv.Tag {
	return []tlv.Tag{
		tlv.Tag9F02AmountAuthorised, tlv.Tag9F03AmountOther, tlv.Tag5F2ATransactionCurrencyCode,
		tlv.Tag9F1ATerminalCountryCode, tlv.Tag9CTransactionType, tlv.Tag9ATransactionDate,
		tlv.Tag9F21TransactionTime, tlv.Tag9F37UnpredictableNumber, tlv.Tag9F41TransactionSequenceCounter,
		tlv.Tag95TerminalVerificationResults, tlv.Tag9F33TerminalCapabilities, tlv.Tag9F34CVMResults,
		tagDF8107CDOL1Data, tagDF8111PDOLData, tagDF8113DRDOLData, tagDF8114ReferenceControl,
		tagDF8301TerminalEntropy, tagDF8302DeviceEntropy, tagDF8303MinTime, tagDF8304MaxTime,
		tagDF8305DeviceTransmission, tagDF8306MeasuredTime, tagDF8307RelayCounter,
	}
}

func (k *Kernel) tornCard() contactless.TornCard {
	psn, ok := k.card.Get(tlv.Tag5F34PANSequenceNumber)
	c := contactless.TornCard{PAN: k.card.Value(tlv.Tag5APAN), HasPSN: ok}
	if ok {
		c.PSN = psn[0]
	}
	return c
}
