package kernel2

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// Cryptogram types: P1 of GENERATE AC and the top bits of 9F27 (EMV 4.4 Book 3,
// clauses 6.5.5.2 and 6.5.5.4).
const (
	acAAC  = 0x00
	acTC   = 0x40
	acARQC = 0x80
	acMask = 0xC0
)

// analyse is terminal action analysis (Book C-2, procedure of that name): denied,
// then by what the terminal can do. A TC becomes an ARQC where offline approval
// is not allowed; a refund is never asked for money.
func (k *Kernel) analyse() byte {
	kind := k.cfg.TerminalType[0]
	if k.act.Order.TransactionType == typeRefund || k.matches(k.app.TACDenial, tlv.Tag9F0EIssuerActionCodeDenial, false) {
		return acAAC
	}
	if onlineOnly(kind) {
		return acARQC
	}
	tac, issuer, otherwise := k.app.TACOnline, tlv.Tag9F0FIssuerActionCodeOnline, byte(acARQC)
	if offlineOnly(kind) {
		tac, issuer, otherwise = k.app.TACDefault, tlv.Tag9F0DIssuerActionCodeDefault, acAAC
	}
	switch {
	case k.matches(tac, issuer, true):
		return otherwise
	case !k.cfg.OfflineApproval || k.act.Order.OnlineOnly || k.act.Order.ForceOnline:
		return acARQC
	default:
		return acTC
	}
}

// matches compares TVR with the reader's and the issuer's action codes. An
// absent issuer code is all ones where the book says so, but for the two bits
// that only tell whether relay resistance was performed.
func (k *Kernel) matches(tac []byte, issuer tlv.Tag, absentIsAll bool) bool {
	code := bytes.Clone(tac)
	own, ok := k.card.Get(issuer)
	if !ok && absentIsAll {
		own = []byte{0xFF, 0xFF, 0xFF, 0xFF, 0xFC}
	}
	for i := range own {
		code[i] |= own[i]
	}
	for i, b := range k.tvr() {
		if b&code[i] != 0 {
			return true
		}
	}
	return false
}

// onlineOnly and offlineOnly are terminal types (EMV 4.4 Book 4, Annex A1).
func onlineOnly(kind byte) bool {
	switch kind {
	case 0x11, 0x14, 0x21, 0x24, 0x34:
		return true
	default:
		return false
	}
}

func offlineOnly(kind byte) bool {
	switch kind {
	case 0x13, 0x16, 0x23, 0x26, 0x36:
		return true
	default:
		return false
	}
}
