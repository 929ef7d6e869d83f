package kernel2

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// A bit of the terminal verification results: the byte's number from 0 in the
// high half, the mask in the low half.
type bit uint16

// Terminal verification results (EMV 4.4 Book 3, Annex C5; byte 5 is Book C-2's).
const (
	tvrODANotPerformed    bit = 0x0080
	tvrICCDataMissing     bit = 0x0020
	tvrExceptionFile      bit = 0x0010
	tvrCDAFailed          bit = 0x0004
	tvrVersionsDiffer     bit = 0x0180
	tvrExpired            bit = 0x0140
	tvrNotYetEffective    bit = 0x0120
	tvrServiceNotAllowed  bit = 0x0110
	tvrCVMFailed          bit = 0x0280
	tvrUnrecognisedCVM    bit = 0x0240
	tvrOnlinePINEntered   bit = 0x0204
	tvrFloorLimitExceeded bit = 0x0380
	tvrForcedOnline       bit = 0x0308
	tvrRelayThreshold     bit = 0x0408 // relay resistance threshold exceeded
	tvrRelayTimeLimits    bit = 0x0404 // relay resistance time limits exceeded
	tvrRelayPerformed     bit = 0x0402
	tvrRelayNotPerformed  bit = 0x0401
)

func (k *Kernel) setTVR(b bit) { k.tvr()[b>>8] |= byte(b) }

func (k *Kernel) hasTVR(b bit) bool { return k.tvr()[b>>8]&byte(b) != 0 }

func (k *Kernel) tvr() []byte { return k.terminal.Value(tlv.Tag95TerminalVerificationResults) }

// Application interchange profile (EMV 4.4 Book 3, Annex C1; byte 2 is Book
// C-2's): the byte's number in the high half.
const (
	aipCVM      bit = 0x0010 // cardholder verification
	aipOnDevice bit = 0x0002 // on-device cardholder verification
	aipCDA      bit = 0x0001
	aipEMVMode  bit = 0x0180
	aipRelay    bit = 0x0101
)

func (k *Kernel) aip(b bit) bool {
	v := k.card.Value(tlv.Tag82ApplicationInterchangeProfile)
	return len(v) == 2 && v[b>>8]&byte(b) != 0
}

// onDevice: the card's device may verify its holder, and so is it configured.
func (k *Kernel) onDevice() bool { return k.aip(aipOnDevice) && k.cfg.OnDeviceCVM }

// Application capabilities information (9F5D), byte 2.
const (
	cardFieldOff = 0x04 // detects that the field is off
	cardCDAOnAll = 0x01 // CDA over TC, ARQC and AAC
)

func (k *Kernel) capable(mask byte) bool {
	v := k.card.Value(tag9F5DCapabilities)
	return len(v) >= 2 && v[1]&mask != 0
}
