package kernel3

import "github.com/strongroom-pos/strongroom/reader/emv"

// A Report says how an outcome came about. Nothing in it is from the card.
type Report struct {
	Reason         emv.Reason // the rule that ended or declined; ReasonNone otherwise
	Cryptogram     Cryptogram
	ODA            ODA
	Expired        bool
	ScriptsDropped bool // the issuer sent data for the card, which was not given them
}

// Report is complete with the outcome.
func (k *Kernel) Report() Report { return k.report }

// A Cryptogram is what the card decided: bits 8 and 7 of 9F27.
type Cryptogram byte

// The cryptograms.
const (
	CryptogramNone Cryptogram = iota
	AAC
	TC
	ARQC
)

// An ODA is the result of offline data authentication.
type ODA byte

// The results.
const (
	ODANotPerformed ODA = iota
	ODAPassed
	ODAFailed
)

// Reasons that only this kernel has.
const (
	ReasonCardGone     emv.Reason = "card left the field"
	ReasonAborted      emv.Reason = "aborted"
	ReasonSelect       emv.Reason = "final SELECT refused"
	ReasonQualifiers   emv.Reason = "PDOL does not ask for 9F66"
	ReasonOtherContact emv.Reason = "card asks for another interface"
	ReasonConditions   emv.Reason = "conditions of use not satisfied"
	ReasonDevice       emv.Reason = "device wants its holder's attention"
	ReasonStripe       emv.Reason = "magnetic stripe data are not accepted"
	ReasonCard         emv.Reason = "card declined"
	ReasonCryptogram   emv.Reason = "cryptogram of a reserved type"
	ReasonOfflineOnly  emv.Reason = "offline-only reader"
	ReasonExpired      emv.Reason = "application expired"
	ReasonException    emv.Reason = "account in the exception file"
	ReasonUsage        emv.Reason = "usage not allowed for the application"
	ReasonODA          emv.Reason = "offline data authentication failed"
	ReasonCVM          emv.Reason = "no common cardholder verification"
	ReasonDeviceCVM    emv.Reason = "device verification not authenticated"
	ReasonHost         emv.Reason = "host declined"
)
