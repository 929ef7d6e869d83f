package emv

const (
	// storeBytes holds all data objects of one application. The AFL may name
	// more than fits; honest cards send under 3 KiB, with RSA certificates.
	storeBytes = 16 << 10

	// maxCommands ends a transaction whose card never comes to a result. The
	// longest honest contact flow has about 60 commands.
	maxCommands = 400

	// maxPSERecords bounds the directory: honest ones have under ten.
	maxPSERecords = 32

	// maxCandidates bounds the list that is sorted and shown.
	maxCandidates = 32

	// maxNextOccurrences bounds SELECT with P2 = 02 for one AID.
	maxNextOccurrences = 16

	// maxAnswer is the longest answer to a short command: 256 bytes and SW.
	maxAnswer = 258
)

const (
	// terminalBytes holds the terminal's own data objects, about 250 bytes.
	terminalBytes = 1 << 10

	// maxCommand is a short command in full: header, Lc, 255 bytes, Le.
	maxCommand = 261
)
