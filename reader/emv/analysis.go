package emv

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// Authorisation response codes of the terminal's own (EMV 4.4 Book 4, Annex A6).
const (
	codeApprovedOffline      = "Y1"
	codeDeclinedOffline      = "Z1"
	codeUnableOnlineApproved = "Y3"
	codeUnableOnlineDeclined = "Z3"
	codeNone                 = ""
)

// analyse is terminal action analysis (EMV 4.4 Book 3, clause 10.7): denied by
// an action code; offline where the configuration lets it and no action code
// wants the host; else online. What an offline-only terminal cannot ask the
// host is for the default action codes.
func (t *Transaction) analyse() Action {
	doubt := t.matches(t.app.TACOnline, tlv.Tag9F0FIssuerActionCodeOnline, 0xFF)
	if t.offlineOnly() {
		doubt = t.matches(t.app.TACDefault, tlv.Tag9F0DIssuerActionCodeDefault, 0xFF)
	}
	switch {
	case t.matches(t.app.TACDenial, tlv.Tag9F0EIssuerActionCodeDenial, 0x00):
		return t.first(acAAC, codeDeclinedOffline)
	case t.mayApprove() && !doubt:
		return t.first(acTC, codeApprovedOffline)
	case t.offlineOnly():
		return t.first(acAAC, codeDeclinedOffline)
	default:
		return t.first(acARQC, codeNone)
	}
}

// matches compares the TVR with the terminal's and the issuer's action code. A
// card without one has absent in every byte.
func (t *Transaction) matches(terminal []byte, issuer tlv.Tag, absent byte) bool {
	code := t.card.Value(issuer)
	for i, b := range t.terminal.Value(tlv.Tag95TerminalVerificationResults) {
		mask := absent
		if len(code) == len(terminal) {
			mask = code[i]
		}
		if b&(mask|terminal[i]) != 0 {
			return true
		}
	}
	return false
}

// mayApprove: the configuration allows offline approvals and the order does not
// forbid this one.
func (t *Transaction) mayApprove() bool { return t.app.OfflineApproval && !t.order.OnlineOnly }

// offlineOnly: terminal types that end in 3 or 6 (Book 4, Annex A1).
func (t *Transaction) offlineOnly() bool {
	last := t.terminal.Value(tlv.Tag9F35TerminalType)[0] & 0x0F
	return last == 3 || last == 6
}

// setResponseCode sets 8A, or leaves it out until the host has given one.
func (t *Transaction) setResponseCode(code string) {
	if code == codeNone {
		t.terminal.Drop(tlv.Tag8AAuthorisationResponseCode)
		return
	}
	t.terminal.Set(tlv.Tag8AAuthorisationResponseCode, []byte(code))
}

// ResponseCode is 8A as it stands: the host's, or Y1, Z1, Y3 or Z3 where the
// terminal decided. Zeros: none yet.
func (t *Transaction) ResponseCode() (code [2]byte) {
	copy(code[:], t.terminal.Value(tlv.Tag8AAuthorisationResponseCode))
	return code
}
