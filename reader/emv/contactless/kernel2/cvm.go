package kernel2

import (
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// CVM codes, EMV 4.4 Book 3, Annex C3.
const (
	cvmFail         = 0x00
	cvmDevice       = 0x01 // in 9F34 also: verified on the consumer's device
	cvmOnlinePIN    = 0x02
	cvmLastPIN      = 0x05 // 01 to 05 have a PIN
	cvmSignature    = 0x1E
	cvmNone         = 0x1F
	cvmNotPerformed = 0x3F // in 9F34 only
	cvmCodeMask     = 0x3F
	cvmApplyNext    = 0x40
)

// CVM condition codes, EMV 4.4 Book 3, Annex C3.
const (
	condAlways         = 0x00
	condUnattendedCash = 0x01
	condPlainSale      = 0x02 // not unattended cash, manual cash or cashback
	condSupported      = 0x03
	condManualCash     = 0x04
	condCashback       = 0x05
	condUnderX         = 0x06
	condOverX          = 0x07
	condUnderY         = 0x08
	condOverY          = 0x09
)

// CVM results, third byte of 9F34.
const (
	cvmUnknown    = 0x00
	cvmFailed     = 0x01
	cvmSuccessful = 0x02
)

// selectCVM is CVM selection (Book C-2, procedure of that name). False is a
// malformed list.
func (k *Kernel) selectCVM() bool {
	if k.onDevice() {
		k.selectDevice()
		return true
	}
	if !k.aip(aipCVM) {
		k.setCVM(contactless.CVMNone, cvmNotPerformed, 0, cvmUnknown)
		return true
	}
	list := k.card.Value(tlv.Tag8ECVMList)
	if len(list) == 0 || len(list) == 8 { // no rules are no list
		k.setTVR(tvrICCDataMissing)
		k.setCVM(contactless.CVMNone, cvmNotPerformed, 0, cvmUnknown)
		return true
	}
	if len(list) < 10 || len(list)%2 != 0 {
		return false
	}
	k.walkRules(list)
	return true
}

// selectDevice: above the limit the device has to verify its holder, and the
// cryptogram says whether it did.
func (k *Kernel) selectDevice() {
	if k.cvmNeeded() {
		k.setCVM(contactless.CVMDevice, cvmDevice, condAlways, cvmSuccessful)
		return
	}
	k.setCVM(contactless.CVMNone, cvmNotPerformed, 0, cvmSuccessful)
}

// walkRules: condition first, then support. A rule whose condition does not
// hold is passed over whatever its "apply next" says.
func (k *Kernel) walkRules(list []byte) {
	for r := list[8:]; len(r) > 0; r = r[2:] {
		rule := [2]byte(r)
		if !k.conditionHolds(list, rule) {
			continue
		}
		code := rule[0] & cvmCodeMask
		if code != cvmFail && k.supports(code) {
			k.performRule(rule)
			return
		}
		if !recognised(code) {
			k.setTVR(tvrUnrecognisedCVM)
		}
		if rule[0]&cvmApplyNext == 0 || len(r) == 2 {
			k.noCVM(rule)
			return
		}
	}
	k.noCVM([2]byte{cvmNotPerformed, 0})
}

// noCVM ends selection without a method. A rule that demands failure is named.
func (k *Kernel) noCVM(rule [2]byte) {
	k.setTVR(tvrCVMFailed)
	if rule[0]&cvmCodeMask == cvmFail {
		k.setCVM(contactless.CVMNone, k.shownCode(rule[0]), rule[1], cvmFailed)
		return
	}
	k.setCVM(contactless.CVMNone, cvmNotPerformed, 0, cvmFailed)
}

func (k *Kernel) performRule(rule [2]byte) {
	code := k.shownCode(rule[0])
	switch rule[0] & cvmCodeMask {
	case cvmOnlinePIN:
		k.setTVR(tvrOnlinePINEntered)
		k.setCVM(contactless.CVMOnlinePIN, code, rule[1], cvmUnknown)
	case cvmSignature:
		k.receipt = true
		k.setCVM(contactless.CVMSignature, code, rule[1], cvmUnknown)
	default:
		k.setCVM(contactless.CVMNone, code, rule[1], cvmSuccessful)
	}
}

func (k *Kernel) shownCode(code byte) byte {
	if k.cfg.PlainCVMCode {
		return code & cvmCodeMask
	}
	return code
}

func (k *Kernel) setCVM(m contactless.CVM, code, condition, result byte) {
	k.cvm = m
	k.terminal.Set(tlv.Tag9F34CVMResults, []byte{code, condition, result})
}

func recognised(code byte) bool {
	return code <= cvmLastPIN || code == cvmSignature || code == cvmNone
}

// supports follows 9F33. What the card would verify itself is recognised and
// not supported.
func (k *Kernel) supports(code byte) bool {
	able := k.terminal.Value(tlv.Tag9F33TerminalCapabilities)[1]
	switch code {
	case cvmFail:
		return true
	case cvmOnlinePIN:
		return able&capOnlinePIN != 0
	case cvmSignature:
		return able&capSignature != 0
	case cvmNone:
		return able&capNoCVM != 0
	default:
		return false
	}
}

func (k *Kernel) conditionHolds(list []byte, rule [2]byte) bool {
	kind, attended := k.act.Order.TransactionType, k.attended()
	cash := kind == typeCash || kind == typeAdvance
	cashback := kind == typeCashback || k.act.Order.AmountOther > 0
	switch rule[1] {
	case condAlways:
		return true
	case condUnattendedCash:
		return cash && !attended
	case condPlainSale:
		return !cash && !cashback
	case condSupported:
		return k.supports(rule[0] & cvmCodeMask)
	case condManualCash:
		return cash && attended
	case condCashback:
		return cashback
	default:
		return k.amountConditionHolds(list, rule[1])
	}
}

// amountConditionHolds compares only in the application's own currency.
func (k *Kernel) amountConditionHolds(list []byte, condition byte) bool {
	own, ok := k.card.Get(tlv.Tag9F42ApplicationCurrencyCode)
	if !ok || string(own) != string(k.terminal.Value(tlv.Tag5F2ATransactionCurrencyCode)) {
		return false
	}
	x, y := uint64(binary.BigEndian.Uint32(list)), uint64(binary.BigEndian.Uint32(list[4:]))
	switch amount := k.act.Order.Amount; condition {
	case condUnderX:
		return amount < x
	case condOverX:
		return amount > x
	case condUnderY:
		return amount < y
	case condOverY:
		return amount > y
	default:
		return false // reserved: never satisfied
	}
}

// attended: terminal types end in 1 to 3 (EMV 4.4 Book 4, Annex A1).
func (k *Kernel) attended() bool {
	last := k.cfg.TerminalType[0] & 0x0F
	return last >= 1 && last <= 3
}

// cvmOf is the outcome that belongs to stored CVM results.
func cvmOf(results []byte) contactless.CVM {
	if len(results) != 3 || results[2] == cvmFailed {
		return contactless.CVMNone
	}
	switch results[0] & cvmCodeMask {
	case cvmDevice:
		return contactless.CVMDevice
	case cvmOnlinePIN:
		return contactless.CVMOnlinePIN
	case cvmSignature:
		return contactless.CVMSignature
	default:
		return contactless.CVMNone
	}
}
