package emv

import (
	"encoding/binary"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// CVM codes, EMV 4.4 Book 3, Annex C3.
const (
	cvmFail                  = 0x00
	cvmPlaintextPIN          = 0x01
	cvmOnlinePIN             = 0x02
	cvmPlaintextPINSignature = 0x03
	cvmEncipheredPIN         = 0x04
	cvmEncipheredSignature   = 0x05
	cvmSignature             = 0x1E
	cvmNone                  = 0x1F
	cvmNotPerformed          = 0x3F // in 9F34 only (Book 4, clause 6.3.4.5)
	cvmCodeMask              = 0x3F
	cvmApplyNext             = 0x40
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

// A cvmList is tag 8E: two amounts in the application's currency and rules of
// two bytes, code and condition.
type cvmList struct {
	x, y  uint32
	rules [][2]byte
}

var errCVMList = errors.New("emv: CVM list malformed")

// parseCVMList refuses a list without rules and one with half a rule.
func parseCVMList(b []byte) (cvmList, error) {
	if len(b) < 10 || len(b)%2 != 0 || len(b) > 252 {
		return cvmList{}, errCVMList
	}
	l := cvmList{x: binary.BigEndian.Uint32(b), y: binary.BigEndian.Uint32(b[4:])}
	for r := b[8:]; len(r) > 0; r = r[2:] {
		l.rules = append(l.rules, [2]byte(r))
	}
	return l, nil
}

// cvmCursor walks the rules.
type cvmCursor struct {
	list cvmList
	at   int

	bypassed  bool    // the cardholder passed a PIN over
	tries     int     // of the offline PIN, or triesUnknown
	wrong     bool    // the last offline PIN was
	challenge [8]byte // for the next one
}

func (c *cvmCursor) rule() [2]byte { return c.list.rules[c.at] }

// verifyCardholder does cardholder verification (EMV 4.4 Book 3, clause 10.5).
// A list with amounts and no rule counts as none.
func (t *Transaction) verifyCardholder() Action {
	if !t.aip(aipCardholderVerification) {
		return t.manageRisk()
	}
	raw := t.card.Value(tlv.Tag8ECVMList)
	if len(raw) == 0 || len(raw) == 8 {
		t.setTVR(tvrICCDataMissing)
		return t.manageRisk()
	}
	list, err := parseCVMList(raw)
	if err != nil {
		return t.cardError(ReasonCVMList)
	}
	t.setTSI(tsiCardholderVerified)
	t.setCVMResult(cvmNotPerformed, 0, cvmFailed)
	t.cvm = cvmCursor{list: list}
	return t.nextRule()
}

// nextRule: condition first, then support, then result. A rule whose
// condition does not hold is passed over whatever its "apply next" says.
func (t *Transaction) nextRule() Action {
	for t.cvm.at < len(t.cvm.list.rules) {
		rule := t.cvm.list.rules[t.cvm.at]
		if !t.conditionHolds(rule) {
			t.cvm.at++
			continue
		}
		if t.supports(rule[0] & cvmCodeMask) {
			return t.perform(rule)
		}
		t.noteUnsupported(rule[0] & cvmCodeMask)
		if rule[0]&cvmApplyNext == 0 {
			break
		}
		t.cvm.at++
	}
	t.setTVR(tvrCVMFailed)
	return t.manageRisk()
}

func (t *Transaction) conditionHolds(rule [2]byte) bool {
	cash, attended := t.order.TransactionType == typeCash, t.attended()
	cashback := t.order.TransactionType == typeCashback || t.order.AmountOther > 0
	switch rule[1] {
	case condAlways:
		return true
	case condUnattendedCash:
		return cash && !attended
	case condPlainSale:
		return !cash && !cashback
	case condSupported:
		return t.supports(rule[0] & cvmCodeMask)
	case condManualCash:
		return cash && attended
	case condCashback:
		return cashback
	default:
		return t.amountConditionHolds(rule[1])
	}
}

// amountConditionHolds compares only in the application's own currency.
func (t *Transaction) amountConditionHolds(condition byte) bool {
	own, ok := t.card.Get(tlv.Tag9F42ApplicationCurrencyCode)
	if !ok || string(own) != string(t.terminal.Value(tlv.Tag5F2ATransactionCurrencyCode)) {
		return false
	}
	x, y := uint64(t.cvm.list.x), uint64(t.cvm.list.y)
	switch condition {
	case condUnderX:
		return t.order.Amount < x
	case condOverX:
		return t.order.Amount > x
	case condUnderY:
		return t.order.Amount < y
	case condOverY:
		return t.order.Amount > y
	default:
		return false // reserved: never satisfied
	}
}

// attended: terminal types end in 1 to 3 (EMV 4.4 Book 4, Annex A1).
func (t *Transaction) attended() bool {
	last := t.terminal.Value(tlv.Tag9F35TerminalType)[0] & 0x0F
	return last >= 1 && last <= 3
}

// supports follows 9F33; of a combination both parts count. Plaintext offline
// PIN is recognised and never supported.
func (t *Transaction) supports(code byte) bool {
	switch code {
	case cvmFail:
		return true
	case cvmOnlinePIN:
		return t.able(capOnlinePIN)
	case cvmEncipheredPIN:
		return t.able(capEncipherPIN)
	case cvmEncipheredSignature:
		return t.able(capEncipherPIN) && t.able(capSignature)
	case cvmSignature:
		return t.able(capSignature)
	case cvmNone:
		return t.able(capNoCVM)
	default:
		return false
	}
}

func (t *Transaction) able(cvm byte) bool {
	return t.terminal.Value(tlv.Tag9F33TerminalCapabilities)[1]&cvm != 0
}

// noteUnsupported sets what clauses 10.5.1 and 10.5.2 ask for. A combination
// that only lacks the signature lacks no PIN pad.
func (t *Transaction) noteUnsupported(code byte) {
	switch code {
	case cvmPlaintextPIN, cvmOnlinePIN, cvmPlaintextPINSignature, cvmEncipheredPIN:
		t.setTVR(tvrNoPINPad)
	case cvmEncipheredSignature:
		if !t.able(capEncipherPIN) {
			t.setTVR(tvrNoPINPad)
		}
	case cvmSignature, cvmNone:
	default:
		t.setTVR(tvrUnrecognisedCVM)
	}
}

func (t *Transaction) perform(rule [2]byte) Action {
	switch rule[0] & cvmCodeMask {
	case cvmOnlinePIN:
		return t.onlinePIN()
	case cvmEncipheredPIN, cvmEncipheredSignature:
		return t.offlinePIN()
	case cvmSignature:
		return t.verified(cvmUnknown)
	case cvmNone:
		return t.verified(cvmSuccessful)
	default: // "fail CVM processing" is a rule that always fails
		return t.ruleFailed()
	}
}

func (t *Transaction) onlinePIN() Action {
	if t.cvm.bypassed {
		return t.pinBypassed()
	}
	t.awaits, t.state = InputPIN, (*Transaction).pinAnswered
	return Action{Kind: ActionAskPIN}
}

// pinAnswered: an online PIN is neither right nor wrong before the host has
// seen it.
func (t *Transaction) pinAnswered(in Input) Action {
	switch in.PIN {
	case PINEntered:
		t.setTVR(tvrOnlinePINEntered)
		return t.verified(cvmUnknown)
	case PINBypassed:
		return t.pinBypassed()
	default: // "not present or not working" is one bit
		t.setTVR(tvrNoPINPad)
		return t.ruleFailed()
	}
}

func (t *Transaction) verified(result byte) Action {
	rule := t.cvm.rule()
	t.setCVMResult(rule[0], rule[1], result)
	return t.manageRisk()
}

// ruleFailed goes on only where the rule says so.
func (t *Transaction) ruleFailed() Action {
	rule := t.cvm.rule()
	t.setCVMResult(rule[0], rule[1], cvmFailed)
	if rule[0]&cvmApplyNext == 0 {
		t.setTVR(tvrCVMFailed)
		return t.manageRisk()
	}
	t.cvm.at++
	return t.nextRule()
}

func (t *Transaction) setCVMResult(code, condition, result byte) {
	t.terminal.Set(tlv.Tag9F34CVMResults, []byte{code, condition, result})
}

// SignatureRequired reports whether the receipt needs the cardholder's
// signature: 9F34 names it, alone or behind a PIN, and leaves its result open.
func (t *Transaction) SignatureRequired() bool {
	r := t.terminal.Value(tlv.Tag9F34CVMResults)
	if len(r) != 3 || r[2] != cvmUnknown {
		return false
	}
	code := r[0] & cvmCodeMask
	return code == cvmSignature || code == cvmEncipheredSignature
}
