package emv

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// A bit of the terminal verification results or of the status information:
// the byte's number from 0 in the high half, the mask in the low half.
type bit uint16

// Terminal verification results, EMV 4.4 Book 3, Annex C5.
const (
	tvrODANotPerformed      bit = 0x0080
	tvrSDAFailed            bit = 0x0040
	tvrICCDataMissing       bit = 0x0020
	tvrExceptionFile        bit = 0x0010
	tvrDDAFailed            bit = 0x0008
	tvrCDAFailed            bit = 0x0004
	tvrSDASelected          bit = 0x0002
	tvrVersionsDiffer       bit = 0x0180
	tvrExpired              bit = 0x0140
	tvrNotYetEffective      bit = 0x0120
	tvrServiceNotAllowed    bit = 0x0110
	tvrNewCard              bit = 0x0108
	tvrCVMFailed            bit = 0x0280
	tvrUnrecognisedCVM      bit = 0x0240
	tvrPINTryLimit          bit = 0x0220
	tvrNoPINPad             bit = 0x0210
	tvrPINNotEntered        bit = 0x0208
	tvrOnlinePINEntered     bit = 0x0204
	tvrFloorLimitExceeded   bit = 0x0380
	tvrLowerLimitExceeded   bit = 0x0340
	tvrUpperLimitExceeded   bit = 0x0320
	tvrSelectedRandomly     bit = 0x0310
	tvrForcedOnline         bit = 0x0308
	tvrDefaultTDOL          bit = 0x0480
	tvrIssuerAuthentication bit = 0x0440
	tvrScriptBeforeFinalAC  bit = 0x0420
	tvrScriptAfterFinalAC   bit = 0x0410
)

// Transaction status information, EMV 4.4 Book 3, Annex C6.
const (
	tsiODAPerformed        bit = 0x0080
	tsiCardholderVerified  bit = 0x0040
	tsiCardRiskManagement  bit = 0x0020
	tsiIssuerAuthenticated bit = 0x0010
	tsiTerminalRisk        bit = 0x0008
	tsiScriptProcessed     bit = 0x0004
)

func (t *Transaction) setTVR(b bit) { b.set(t.terminal.Value(tlv.Tag95TerminalVerificationResults)) }

func (t *Transaction) setTSI(b bit) { b.set(t.terminal.Value(tlv.Tag9BTransactionStatusInformation)) }

func (b bit) set(v []byte) { v[b>>8] |= byte(b) }

// Application interchange profile, byte 1, EMV 4.4 Book 3, Annex C1. XDA (80) is
// recognised and never chosen: no bit of 9F33 announces it.
const (
	aipSDA                    = 0x40
	aipDDA                    = 0x20
	aipCardholderVerification = 0x10
	aipTerminalRisk           = 0x08
	aipIssuerAuthentication   = 0x04
	aipCDA                    = 0x01
)

func (t *Transaction) aip(mask byte) bool {
	aip := t.card.Value(tlv.Tag82ApplicationInterchangeProfile)
	return len(aip) == 2 && aip[0]&mask != 0
}
