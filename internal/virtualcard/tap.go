package virtualcard

import (
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// AIP bits of contactless cards that contact does not have.
const (
	aipOwnDevice = 0x02 // first byte: verified on the holder's device
	aipEMVMode   = 0x80 // second byte: kernels 2 and 4; for kernel 3 it is MSD
	aipRelay     = 0x01 // second byte: relay resistance (kernel 2)
)

// kernel is the profile's, or that of the scheme by RID.
func (p Profile) kernel() byte {
	if p.Tap.Kernel != 0 {
		return p.Tap.Kernel
	}
	switch string(p.AID[:5]) {
	case "\xA0\x00\x00\x00\x03":
		return 3
	case "\xA0\x00\x00\x00\x25":
		return 4
	case "\xA0\x00\x00\x01\x52":
		return 6
	default:
		return 2
	}
}

func (p Profile) express() bool { k := p.kernel(); return k == 3 || k == 6 }

func (p Profile) tapCVN() string {
	if p.Tap.CVN != "" {
		return p.Tap.CVN
	}
	return p.CVN
}

func (p Profile) tapAIP() []byte {
	if p.express() {
		return []byte{bit(p.Tap.ODA != "", aipDDA), bit(p.Tap.MagStripe, aipEMVMode)}
	}
	return []byte{
		aipCVM | aipRiskManagement | bit(p.Tap.ODA != "", aipCDA) | bit(p.Tap.CDCVM, aipOwnDevice),
		bit(!p.Tap.MagStripe, aipEMVMode) | bit(p.Tap.Relay != nil, aipRelay),
	}
}

// tapPDOL: kernels 3 and 6 need all that the cryptogram covers.
func (p Profile) tapPDOL() []byte {
	if !p.express() {
		return tlv.DOL{
			{Tag: tlv.Tag9F33TerminalCapabilities, Length: 3}, {Tag: tlv.Tag9F1ATerminalCountryCode, Length: 2},
			{Tag: tlv.Tag9F35TerminalType, Length: 1},
		}.Append(nil)
	}
	return append(tlv.DOL{{Tag: tag9F66TTQ, Length: 4}}, cdol1()...).Append(nil)
}

// tapCDOL1 is 43 bytes, as M/Chip cards ask them.
func (p Profile) tapCDOL1() tlv.DOL {
	return append(cdol1(), tlv.DOL{
		{Tag: tlv.Tag9F35TerminalType, Length: 1}, {Tag: tag9F45DataCode, Length: 2},
		{Tag: tag9F4CDynamicNumber, Length: 8}, {Tag: tlv.Tag9F34CVMResults, Length: 3},
	}...)
}

func (p Profile) tapFiles() []file {
	signed := p.Tap.ODA != ""
	switch {
	case p.Tap.MagStripe && p.express():
		return []file{{1, 1, false, p.tapAccount()}}
	case p.Tap.MagStripe:
		return []file{{1, 1, false, p.stripeRecord()}}
	case p.express() && !signed:
		return nil
	case p.express():
		return []file{
			{3, 1, true, p.numberRecord()},
			// What is signed anew each time stands in the transaction.
			{5, 1, false, tlv.Append(nil, tag9F69CardData, make([]byte, 7))},
		}
	default:
		return []file{{2, 1, signed, p.tapAccount()}, {2, 2, signed, p.tapRisk()}}
	}
}

func (p Profile) numberRecord() []byte {
	b := tlv.Append(nil, tlv.Tag5APAN, packed(p.PAN))
	b = tlv.Append(b, tlv.Tag5F24ApplicationExpirationDate, packed(p.Expiry+lastDay(p.Expiry)))
	return tlv.Append(b, tlv.Tag5F34PANSequenceNumber, packed(fmt.Sprintf("%02d", p.PSN)))
}

// tapAccount has no name: contactless cards do not tell it.
func (p Profile) tapAccount() []byte {
	b := tlv.Append(p.numberRecord(), tlv.Tag57Track2EquivalentData, packed(p.Track2()))
	return append(tlv.Append(b, tlv.Tag5F30ServiceCode, packed("0"+p.ServiceCode)), p.Extra...)
}

func (p Profile) tapRisk() []byte {
	b := tlv.Append(nil, tlv.Tag8CCDOL1, p.cdol1Of(Contactless))
	b = tlv.Append(b, tlv.Tag8ECVMList, p.tapCVMList())
	b = tlv.Append(b, tlv.Tag9F07ApplicationUsageControl, or(p.UsageControl, 0xFF, 0xC0))
	b = tlv.Append(b, tlv.Tag9F08ApplicationVersionCard, []byte{0x00, 0x02})
	if p.Country != "" {
		b = tlv.Append(b, tlv.Tag5F28IssuerCountryCode, packed("0"+p.Country))
	}
	if p.Tap.Recovers {
		b = tlv.Append(b, tag9F51DRDOL, recoveryDOL().Append(nil))
	}
	return p.appendActionCodes(b)
}

// tapCVMList: online PIN or signature where supported, else no CVM.
func (p Profile) tapCVMList() []byte {
	list := make([]byte, 8, 14)
	if p.Tap.OnlinePIN {
		list = append(list, 0x42, 0x03)
	}
	if p.Tap.Signature {
		list = append(list, 0x5E, 0x03)
	}
	return append(list, 0x1F, 0x03)
}
