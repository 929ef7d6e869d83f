package emv

import (
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// maxScripts is EMV's own limit for issuer scripts in one answer (Book 3,
// clause 10.10); what is longer is dropped whole.
const maxScripts = 128

// hostAnswered takes the host's answer and authenticates the issuer where the
// card wants that as a command of its own (EMV 4.4 Book 3, clause 10.9).
func (t *Transaction) hostAnswered(in Input) Action {
	a := in.Host
	if a.Result != HostUnable && !alphanumeric(a.ResponseCode[:]) {
		a.Result = HostUnable
	}
	if a.Result != HostApproved && a.Result != HostDeclined {
		return t.complete(HostUnable)
	}
	t.host = a.Result
	t.terminal.Set(tlv.Tag8AAuthorisationResponseCode, a.ResponseCode[:])
	if len(a.Scripts) <= maxScripts {
		t.scripts = append([]byte(nil), a.Scripts...)
	}
	return t.authenticateIssuer(a.IssuerAuthentication)
}

// authenticateIssuer: data of a length that EMV does not know never reach the
// card and count as a failure.
func (t *Transaction) authenticateIssuer(data []byte) Action {
	if len(data) == 0 {
		return t.complete(t.host)
	}
	if len(data) < 8 || len(data) > 16 {
		t.setTVR(tvrIssuerAuthentication)
		return t.complete(t.host)
	}
	t.terminal.Set(tlv.Tag91IssuerAuthenticationData, data)
	if !t.aip(aipIssuerAuthentication) {
		return t.complete(t.host)
	}
	return t.transmit(iso7816.Command{INS: 0x82, Data: data}, (*Transaction).issuerAuthenticated)
}

// issuerAuthenticated: anything but 9000 is noted, and the transaction goes on.
func (t *Transaction) issuerAuthenticated(in Input) Action {
	t.setTSI(tsiIssuerAuthenticated)
	if _, sw := objects.Split(in.Response); sw != swOK {
		t.setTVR(tvrIssuerAuthentication)
	}
	return t.complete(t.host)
}

// complete asks for the second cryptogram: a TC for the host's approval, an
// AAC for everything else. Z3 says: unable to go online, declined offline
// (Book 4, Annex A6).
func (t *Transaction) complete(result HostResult) Action {
	t.host, t.completing = result, true
	kind := byte(acAAC)
	if result == HostApproved {
		kind = acTC
	}
	if result == HostUnable {
		t.terminal.Set(tlv.Tag8AAuthorisationResponseCode, []byte("Z3"))
	}
	return t.generate(kind, tlv.Tag8DCDOL2, (*Transaction).completed)
}

func (t *Transaction) completed(in Input) Action {
	c, ok := t.second(in)
	approved := t.host == HostApproved && !t.aborted
	switch {
	case !ok:
		return t.cardError(ReasonCryptogram)
	case c.kind == acARQC || c.kind == acTC && !approved:
		return t.cardError(ReasonCryptogramRaised)
	case t.aborted:
		return t.finish(OutcomeAbortedAfterARQC, ReasonNone)
	case c.kind == acTC:
		return t.finish(OutcomeApproved, ReasonNone)
	case approved:
		return t.finish(OutcomeDeclinedByCard, ReasonNone)
	default:
		return t.finish(OutcomeDeclinedByHost, ReasonNone)
	}
}

// Scripts is what the host sent as 71 and 72 and this kernel did not run.
func (t *Transaction) Scripts() []byte { return t.scripts }

func alphanumeric(b []byte) bool {
	for _, c := range b {
		digit, upper, lower := c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z'
		if !digit && !upper && !lower {
			return false
		}
	}
	return true
}
