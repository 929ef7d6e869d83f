package emv

import (
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// hostAnswered takes the host's answer and authenticates the issuer where the
// card wants that as a command of its own (EMV 4.4 Book 3, clause 10.9). A refund
// is over with it: the card has given its AAC.
func (t *Transaction) hostAnswered(in Input) Action {
	a := in.Host
	if a.Result != HostUnable && !alphanumeric(a.ResponseCode[:]) {
		a.Result = HostUnable
	}
	if a.Result != HostApproved && a.Result != HostDeclined {
		a.Result = HostUnable
	}
	if t.host = a.Result; t.host == HostUnable {
		return t.unable()
	}
	t.terminal.Set(tlv.Tag8AAuthorisationResponseCode, a.ResponseCode[:])
	if t.order.TransactionType == typeRefund {
		return t.refunded()
	}
	t.loadScripts(a.Scripts)
	return t.authenticateIssuer(a.IssuerAuthentication)
}

func (t *Transaction) unable() Action {
	if t.order.TransactionType == typeRefund {
		return t.finish(OutcomeDeclinedByHost, ReasonNone)
	}
	return t.complete(HostUnable)
}

func (t *Transaction) refunded() Action {
	if t.host == HostApproved {
		return t.finish(OutcomeRefund, ReasonNone)
	}
	return t.finish(OutcomeDeclinedByHost, ReasonNone)
}

// authenticateIssuer: data of a length that EMV does not know never reach the
// card and count as a failure.
func (t *Transaction) authenticateIssuer(data []byte) Action {
	if len(data) == 0 {
		return t.runScripts(tlv.Tag71IssuerScriptTemplate1)
	}
	if len(data) < 8 || len(data) > 16 {
		t.setTVR(tvrIssuerAuthentication)
		return t.runScripts(tlv.Tag71IssuerScriptTemplate1)
	}
	t.terminal.Set(tlv.Tag91IssuerAuthenticationData, data)
	if !t.aip(aipIssuerAuthentication) {
		return t.runScripts(tlv.Tag71IssuerScriptTemplate1)
	}
	return t.transmit(iso7816.Command{INS: 0x82, Data: data}, (*Transaction).issuerAuthenticated)
}

// issuerAuthenticated: anything but 9000 is noted, and the transaction goes on.
func (t *Transaction) issuerAuthenticated(in Input) Action {
	t.setTSI(tsiIssuerAuthenticated)
	if _, sw := objects.Split(in.Response); sw != swOK {
		t.setTVR(tvrIssuerAuthentication)
	}
	return t.runScripts(tlv.Tag71IssuerScriptTemplate1)
}

// complete asks for the second cryptogram: a TC for the host's approval, an AAC
// for its decline. Where the host could not be reached, the default action codes
// decide if the configuration allows offline approvals; else an AAC (EMV 4.4
// Book 3, clause 10.7; Book 4, Annex A6).
func (t *Transaction) complete(result HostResult) Action {
	t.host, t.completing = result, true
	kind := byte(acAAC)
	switch {
	case result == HostApproved:
		kind = acTC
	case result != HostUnable:
	case !t.aborted && t.mayApprove() && !t.matches(t.app.TACDefault, tlv.Tag9F0DIssuerActionCodeDefault, 0xFF):
		kind = acTC
		t.setResponseCode(codeUnableOnlineApproved)
	default:
		t.setResponseCode(codeUnableOnlineDeclined)
	}
	return t.generate(kind, tlv.Tag8DCDOL2, &t.auth.cdol2, (*Transaction).completed)
}

// completed takes the card's last word. A TC whose signature does not verify is
// no approval.
func (t *Transaction) completed(in Input) Action {
	c, signed, ok := t.cryptogram(in)
	switch {
	case !ok:
		return t.cardError(ReasonCryptogram)
	case c.kind == acARQC || c.raises(t.asked):
		return t.cardError(ReasonCryptogramRaised)
	case t.aborted:
		return t.finish(OutcomeAbortedAfterARQC, ReasonNone)
	}
	return t.decide(t.outcome(c.kind == acTC && signed), signed)
}

// outcome of the second cryptogram.
func (t *Transaction) outcome(approved bool) Outcome {
	switch {
	case t.host == HostApproved && approved:
		return OutcomeApproved
	case t.host == HostApproved:
		return OutcomeDeclinedByCard
	case approved:
		t.setResponseCode(codeUnableOnlineApproved)
		return OutcomeApprovedUnableOnline
	case t.host == HostUnable:
		t.setResponseCode(codeUnableOnlineDeclined)
	}
	return OutcomeDeclinedByHost
}

// decide fixes the outcome and lets the issuer's last scripts run.
func (t *Transaction) decide(o Outcome, signed bool) Action {
	t.decided = Action{Kind: ActionFinish, Outcome: o}
	if !signed {
		t.decided.Reason = ReasonSignature
	}
	return t.runScripts(tlv.Tag72IssuerScriptTemplate2)
}

func alphanumeric(b []byte) bool {
	for _, c := range b {
		digit, upper, lower := c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z'
		if !digit && !upper && !lower {
			return false
		}
	}
	return true
}
