package virtualcard

import (
	"encoding/hex"
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

const (
	pse          = "1PAY.SYS.DDF01"
	directorySFI = 1
)

// aip: cardholder verification and terminal risk management; issuer
// authentication as a command of its own where the profile asks for it.
func (p Profile) aip() []byte {
	if p.ExternalAuthenticate {
		return []byte{0x1C, 0x00}
	}
	return []byte{0x18, 0x00}
}

// afl: SFI 2 records 1 and 2, SFI 3 record 1.
func afl() []byte { return []byte{2 << 3, 1, 2, 0, 3 << 3, 1, 1, 0} }

func (p Profile) pdol() []byte {
	return tlv.DOL{
		{Tag: tlv.Tag9F1ATerminalCountryCode, Length: 2}, {Tag: tlv.Tag9F35TerminalType, Length: 1},
	}.Append(nil)
}

func (p Profile) pseFCI() []byte {
	b := tlv.Append(nil, tlv.Tag88ShortFileIdentifier, []byte{directorySFI})
	b = tlv.Append(b, tlv.Tag5F2DLanguagePreference, []byte("en"))
	return fci([]byte(pse), b)
}

func (p Profile) applicationFCI() []byte {
	b := tlv.Append(nil, tlv.Tag50ApplicationLabel, []byte(p.Label))
	b = tlv.Append(b, tlv.Tag87ApplicationPriorityIndicator, []byte{1})
	b = tlv.Append(b, tlv.Tag9F38PDOL, p.pdol())
	name := append([]byte(nil), p.AID...)
	if p.Garbage == GarbageAID {
		name[len(name)-1] ^= 0x01
	}
	return fci(name, b)
}

func fci(name, proprietary []byte) []byte {
	b := tlv.Append(nil, tlv.Tag84DedicatedFileName, name)
	b = tlv.Append(b, tlv.TagA5FCIProprietaryTemplate, proprietary)
	return tlv.Append(nil, tlv.Tag6FFCITemplate, b)
}

// records are the card's files.
func (p Profile) records() map[[2]byte][]byte {
	return map[[2]byte][]byte{
		{directorySFI, 1}: p.directory(), {2, 1}: p.accountRecord(),
		{2, 2}: p.riskRecord(), {3, 1}: p.cvmRecord(),
	}
}

func (p Profile) directory() []byte {
	b := tlv.Append(nil, tlv.Tag4FApplicationIdentifier, p.AID)
	b = tlv.Append(b, tlv.Tag50ApplicationLabel, []byte(p.Label))
	b = tlv.Append(b, tlv.Tag87ApplicationPriorityIndicator, []byte{1})
	return record(tlv.Append(nil, tlv.Tag61ApplicationTemplate, b))
}

func record(b []byte) []byte { return tlv.Append(nil, tlv.Tag70RecordTemplate, b) }

func (p Profile) accountRecord() []byte {
	b := tlv.Append(nil, tlv.Tag57Track2EquivalentData, packed(p.Track2()))
	b = tlv.Append(b, tlv.Tag5F20CardholderName, []byte("CARD/VIRTUAL"))
	b = tlv.Append(b, tlv.Tag5APAN, packed(p.PAN))
	b = tlv.Append(b, tlv.Tag5F34PANSequenceNumber, packed(fmt.Sprintf("%02d", p.PSN)))
	b = tlv.Append(b, tlv.Tag5F24ApplicationExpirationDate, packed(p.Expiry+lastDay(p.Expiry)))
	return record(tlv.Append(b, tlv.Tag5F30ServiceCode, packed("0"+p.ServiceCode)))
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
	b := tlv.Append(nil, tlv.Tag8CCDOL1, cdol1().Append(nil))
	b = tlv.Append(b, tlv.Tag8DCDOL2, p.cdol2().Append(nil))
	b = tlv.Append(b, tlv.Tag9F0DIssuerActionCodeDefault, []byte{0xFF, 0xFF, 0xFF, 0xFF, 0xFF})
	b = tlv.Append(b, tlv.Tag9F0EIssuerActionCodeDenial, make([]byte, 5))
	return record(tlv.Append(b, tlv.Tag9F0FIssuerActionCodeOnline, []byte{0xFF, 0xFF, 0xFF, 0xFF, 0xFF}))
}

func (p Profile) cvmRecord() []byte {
	b := tlv.Append(nil, tlv.Tag8ECVMList, p.cvmList())
	return record(tlv.Append(b, tlv.Tag9F07ApplicationUsageControl, []byte{0xFF, 0xC0}))
}

// cvmList: online PIN if the terminal supports it, else no CVM.
func (p Profile) cvmList() []byte {
	amounts := make([]byte, 8)
	switch {
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
	return p.PAN + "D" + p.Expiry + p.ServiceCode + "0000000001"
}
