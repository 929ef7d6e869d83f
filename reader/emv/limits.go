package emv

const (
	// storeBytes holds all data objects of one application. The AFL may name
	// more than fits; honest cards send under 3 KiB, with RSA certificates.
	storeBytes = 16 << 10

	// maxCommands ends a transaction whose card never comes to a result. The
	// longest honest contact flow has about 60 commands.
	maxCommands = 400

	// maxRecordElements bounds what all records of one application may hold; honest
	// cards have under a hundred data objects.
	maxRecordElements = 512

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

const (
	// maxApplications bounds the configuration: each is one SELECT at worst.
	maxApplications = 100

	// maxDOLData is what a data object list may ask for: what tlv.DOL.Build
	// gives at most.
	maxDOLData = 252

	// maxDOL is the longest list itself: a record of 255 bytes holds no longer one.
	maxDOL = 252

	// maxStatic bounds the static data to be authenticated. Honest cards have
	// under 1 KiB in the records that take part; EMV's kernels take 2 KiB.
	maxStatic = 4 << 10

	// minPINData and maxPINData are RSA moduli of 512 to 1984 bits: the length of
	// an enciphered PIN.
	minPINData = 64
	maxPINData = 248

	// defaultScriptLimit is EMV's own for issuer scripts in one answer (Book 3,
	// clause 10.10); maxScriptBytes is what a configuration may raise it to.
	defaultScriptLimit = 128
	maxScriptBytes     = 1024

	// maxScripts bounds the scripts of one answer: their results, five bytes
	// each, must fit HostTLV beside the rest. 128 bytes hold no more honest ones.
	maxScripts = 5

	// maxScriptCommand is a short command in full.
	maxScriptCommand = 261

	// maxAmount has twelve digits, as 9F02 has.
	maxAmount = 999_999_999_999
)
