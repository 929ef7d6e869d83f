package cardview

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// A class says how much of a value is shown.
type class byte

const (
	hidden class = iota // the length alone; every tag that is not in the table
	number              // and the last four digits
	shown
)

type entry struct {
	name  string
	class class
}

// entries is the one table of names and of what may be shown. A tag is not
// shown until somebody has looked at it.
func entries() map[tlv.Tag]entry {
	return map[tlv.Tag]entry{
		// Account data and what account data can be recovered from.
		0x56:   {"track 1 data", hidden},
		0x57:   {"track 2 equivalent data", number},
		0x5A:   {"application PAN", number},
		0x42:   {"issuer identification number", hidden},
		0x5F20: {"cardholder name", hidden},
		0x9F0B: {"cardholder name extended", hidden},
		0x5F24: {"application expiration date", hidden},
		0x5F30: {"service code", hidden},
		0x90:   {"issuer public key certificate", hidden},
		0x93:   {"signed static application data", hidden},
		0x9F46: {"ICC public key certificate", hidden},
		0x9F2D: {"ICC PIN encipherment public key certificate", hidden},
		0x9F19: {"token requestor ID", hidden},
		0x9F1F: {"track 1 discretionary data", hidden},
		0x9F20: {"track 2 discretionary data", hidden},
		0x9F24: {"payment account reference", hidden},
		0x9F6B: {"track 2 data", number},
		0x9F7C: {"customer exclusive data", hidden},
		0x5F50: {"issuer URL", hidden},

		// Templates.
		0x61:   {"application template", shown},
		0x6F:   {"FCI template", shown},
		0x70:   {"record template", shown},
		0x73:   {"directory discretionary template", shown},
		0x77:   {"response template format 2", shown},
		0x80:   {"response template format 1", hidden}, // taken apart by its command
		0xA5:   {"FCI proprietary template", shown},
		0xBF0C: {"FCI issuer discretionary data", shown},

		// Selection.
		0x4F:   {"ADF name", shown},
		0x50:   {"application label", shown},
		0x84:   {"dedicated file name", shown},
		0x87:   {"application priority indicator", shown},
		0x88:   {"short file identifier", shown},
		0x9D:   {"directory definition file name", shown},
		0x5F2D: {"language preference", shown},
		0x5F55: {"issuer country code, alpha 2", shown},
		0x9F11: {"issuer code table index", shown},
		0x9F12: {"application preferred name", shown},
		0x9F29: {"extended selection", shown},
		0x9F2A: {"kernel identifier", shown},
		0x9F38: {"PDOL", shown},
		0x9F4D: {"log entry", shown},
		0x9F5A: {"application program identifier", shown},

		// The application.
		0x82:   {"application interchange profile", shown},
		0x8C:   {"CDOL1", shown},
		0x8D:   {"CDOL2", shown},
		0x8E:   {"CVM list", shown},
		0x8F:   {"CA public key index", shown},
		0x92:   {"issuer public key remainder", shown},
		0x94:   {"application file locator", shown},
		0x97:   {"TDOL", shown},
		0x5F25: {"application effective date", shown},
		0x5F28: {"issuer country code", shown},
		0x5F34: {"PAN sequence number", shown},
		0x9F05: {"application discretionary data", hidden},
		0x9F07: {"application usage control", shown},
		0x9F08: {"application version number, card", shown},
		0x9F0D: {"issuer action code, default", shown},
		0x9F0E: {"issuer action code, denial", shown},
		0x9F0F: {"issuer action code, online", shown},
		0x9F13: {"last online ATC register", shown},
		0x9F14: {"lower consecutive offline limit", shown},
		0x9F17: {"PIN try counter", shown},
		0x9F23: {"upper consecutive offline limit", shown},
		0x9F2E: {"ICC PIN encipherment public key exponent", shown},
		0x9F2F: {"ICC PIN encipherment public key remainder", shown},
		0x9F32: {"issuer public key exponent", shown},
		0x9F3B: {"application reference currency", shown},
		0x9F42: {"application currency code", shown},
		0x9F43: {"application reference currency exponent", shown},
		0x9F44: {"application currency exponent", shown},
		0x9F47: {"ICC public key exponent", shown},
		0x9F48: {"ICC public key remainder", shown},
		0x9F49: {"DDOL", shown},
		0x9F4A: {"static data authentication tag list", shown},
		0x9F4F: {"log format", shown},

		// The transaction.
		0x9F10: {"issuer application data", shown},
		0x9F26: {"application cryptogram", shown},
		0x9F27: {"cryptogram information data", shown},
		0x9F36: {"application transaction counter", shown},
		0x9F4B: {"signed dynamic application data", shown},
		0x9F4C: {"ICC dynamic number", shown},

		// Contactless.
		0x9F5D: {"available offline spending amount", shown},
		0x9F60: {"CVC3, track 1", shown},
		0x9F61: {"CVC3, track 2", shown},
		0x9F62: {"track 1 bit map for CVC3", shown},
		0x9F63: {"track 1 bit map for UN and ATC", shown},
		0x9F64: {"track 1 number of ATC digits", shown},
		0x9F65: {"track 2 bit map for CVC3", shown},
		0x9F66: {"terminal transaction qualifiers", shown}, // from a card: track 2 bit map
		0x9F67: {"track 2 number of ATC digits", shown},
		0x9F69: {"card authentication related data", shown},
		0x9F6C: {"card transaction qualifiers", shown},
		0x9F6E: {"form factor indicator", shown},

		// The terminal, in commands.
		0x81:   {"amount, authorised, binary", shown},
		0x8A:   {"authorisation response code", shown},
		0x91:   {"issuer authentication data", shown},
		0x95:   {"terminal verification results", shown},
		0x98:   {"TC hash value", hidden}, // over what a card chose
		0x9A:   {"transaction date", shown},
		0x9B:   {"transaction status information", shown},
		0x9C:   {"transaction type", shown},
		0x5F2A: {"transaction currency code", shown},
		0x5F36: {"transaction currency exponent", shown},
		0x9F02: {"amount, authorised", shown},
		0x9F03: {"amount, other", shown},
		0x9F06: {"application identifier, terminal", shown},
		0x9F09: {"application version number, terminal", shown},
		0x9F15: {"merchant category code", shown},
		0x9F16: {"merchant identifier", shown},
		0x9F1A: {"terminal country code", shown},
		0x9F1B: {"terminal floor limit", shown},
		0x9F1C: {"terminal identification", shown},
		0x9F1E: {"interface device serial number", shown},
		0x9F21: {"transaction time", shown},
		0x9F33: {"terminal capabilities", shown},
		0x9F34: {"CVM results", shown},
		0x9F35: {"terminal type", shown},
		0x9F37: {"unpredictable number", shown},
		0x9F39: {"POS entry mode", shown},
		0x9F40: {"additional terminal capabilities", shown},
		0x9F41: {"transaction sequence counter", shown},
		0x9F45: {"data authentication code", shown},
		0x9F4E: {"merchant name and location", shown},
		0x9F53: {"transaction category code", shown},
	}
}

// isText names the objects that are shown as text, too.
func isText(tag tlv.Tag) bool {
	switch tag {
	case 0x50, 0x84, 0x5F2D, 0x5F55, 0x9F12:
		return true
	}
	return false
}
