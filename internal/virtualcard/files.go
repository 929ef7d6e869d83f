package virtualcard

import (
	"encoding/hex"
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// AIP bits, first byte (EMV 4.4 Book 3, Annex C1).
const (
	aipSDA                = 0x40
	aipDDA                = 0x20
	aipCVM                = 0x10
	aipRiskManagement     = 0x08
	aipIssuerAuthenticate = 0x04
	aipCDA                = 0x01
)

// aip: cardholder verification and terminal risk management; issuer
// authentication as a command of its own where the profile asks for it.
func (p Profile) aip() []byte {
	bits := byte(aipCVM | aipRiskManagement)
	if p.ExternalAuthenticate {
		bits |= aipIssuerAuthenticate
	}
	switch p.ODA {
	case "sda":
		bits |= aipSDA
	case "dda":
		bits |= aipSDA | aipDDA
	case "cda":
		bits |= aipSDA | aipDDA | aipCDA
	}
	return []byte{bits, 0x00}
}

// contactFiles are SFI 2 records 1 and 2, SFI 3 record 1.
func (p Profile) contactFiles() []file {
	signed := p.ODA != ""
	return []file{{2, 1, signed, p.accountRecord()}, {2, 2, signed, p.riskRecord()}, {3, 1, signed, p.cvmRecord()}}
}

func (p Profile) pdolOf(face Interface) []byte {
	switch {
	case p.Garbage == GarbageDOL:
		return tlv.DOL{{Tag: tlv.Tag9F02AmountAuthorised, Length: 255}}.Append(nil)
	case face == Contactless:
		return p.tapPDOL()
	case p.NoPDOL:
		return nil
	case len(p.PDOL) > 0:
		return p.PDOL
	default:
		return tlv.DOL{{Tag: tlv.Tag9F1ATerminalCountryCode, Length: 2}, {Tag: tlv.Tag9F35TerminalType, Length: 1}}.Append(nil)
	}
}

func (p Profile) cdol1Of(face Interface) []byte {
	switch {
	case p.Garbage == GarbageDOL:
		return tlv.DOL{{Tag: tlv.Tag9F02AmountAuthorised, Length: 255}}.Append(nil)
	case face == Contactless:
		return p.tapCDOL1().Append(nil)
	default:
		return cdol1().Append(nil)
	}
}

func (p Profile) accountRecord() []byte {
	b := tlv.Append(nil, tlv.Tag57Track2EquivalentData, packed(p.Track2()))
	b = tlv.Append(b, tlv.Tag5F20CardholderName, []byte(p.Name))
	b = tlv.Append(b, tlv.Tag5APAN, packed(p.PAN))
	b = tlv.Append(b, tlv.Tag5F34PANSequenceNumber, packed(fmt.Sprintf("%02d", p.PSN)))
	b = tlv.Append(b, tlv.Tag5F24ApplicationExpirationDate, packed(p.Expiry+lastDay(p.Expiry)))
	b = tlv.Append(b, tlv.Tag5F30ServiceCode, packed("0"+p.ServiceCode))
	return append(b, p.Extra...)
}

// lastDay ignores leap years: the 28th is in every February.
func lastDay(expiry string) string {
	switch expiry[2:] {
	case "02":
		return "28"
	case "04", "06", "09", "11":
		return "30"
	default:
		return "31"
	}
}

func (p Profile) riskRecord() []byte {
	b := tlv.Append(nil, tlv.Tag8CCDOL1, p.cdol1Of(Contact))
	b = tlv.Append(b, tlv.Tag8DCDOL2, p.cdol2().Append(nil))
	b = p.appendActionCodes(b)
	if p.UpperLimit > 0 {
		b = tlv.Append(b, tlv.Tag9F14LowerConsecutiveOfflineLimit, []byte{p.LowerLimit})
		b = tlv.Append(b, tlv.Tag9F23UpperConsecutiveOfflineLimit, []byte{p.UpperLimit})
	}
	return b
}

func (p Profile) appendActionCodes(b []byte) []byte {
	b = tlv.Append(b, tlv.Tag9F0DIssuerActionCodeDefault, or(p.IACDefault, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF))
	b = tlv.Append(b, tlv.Tag9F0EIssuerActionCodeDenial, or(p.IACDenial, 0, 0, 0, 0, 0))
	return tlv.Append(b, tlv.Tag9F0FIssuerActionCodeOnline, or(p.IACOnline, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF))
}

func or(value []byte, usual ...byte) []byte {
	if len(value) > 0 {
		return value
	}
	return usual
}

func (p Profile) cvmRecord() []byte {
	b := tlv.Append(nil, tlv.Tag8ECVMList, p.cvmList())
	b = tlv.Append(b, tlv.Tag9F07ApplicationUsageControl, or(p.UsageControl, 0xFF, 0xC0))
	if p.Country != "" {
		b = tlv.Append(b, tlv.Tag5F28IssuerCountryCode, packed("0"+p.Country))
	}
	if p.Effective != "" {
		b = tlv.Append(b, tlv.Tag5F25ApplicationEffectiveDate, packed(p.Effective))
	}
	return b
}

// cvmList: online PIN if the terminal supports it, else no CVM.
func (p Profile) cvmList() []byte {
	amounts := make([]byte, 8)
	switch {
	case len(p.CVMList) > 0:
		return p.CVMList
	case p.NoCVM:
		return append(amounts, 0x1F, 0x00)
	case p.PINOnly:
		return append(amounts, 0x02, 0x00)
	default:
		return append(amounts, 0x42, 0x03, 0x1F, 0x00)
	}
}

// packed writes digits and D two to a byte, F behind an odd number.
func packed(s string) []byte {
	if len(s)%2 == 1 {
		s += "F"
	}
	b, err := hex.DecodeString(s)
	if err != nil {
		panic("virtualcard: internal error: digits")
	}
	return b
}

// Track2 is the track 2 equivalent data that the card carries, as digits with
// the separator D (EMV Book 3, tag 57).
func (p Profile) Track2() string {
	p.setDefaults()
	return p.PAN + "D" + p.Expiry + p.ServiceCode + p.ChipData
}

// Stripe is what the magnetic stripe holds, sentinels included and without
// LRC: track 1 in format B (ISO/IEC 7813) and track 2. Both are empty where
// there is nothing on it.
func (p Profile) Stripe() (track1, track2 string) {
	p.setDefaults()
	if p.StripeBlank {
		return "", ""
	}
	discretionary := p.Expiry + p.ServiceCode + p.StripeData
	return "%B" + p.PAN + "^" + p.Name + "^" + discretionary + "?", ";" + p.PAN + "=" + discretionary + "?"
}
