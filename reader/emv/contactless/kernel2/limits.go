package kernel2

const (
	// cardBytes holds all data objects of one application. The AFL may name more
	// than fits; honest cards send under 3 KiB, with RSA certificates.
	cardBytes = 16 << 10

	// terminalBytes holds the reader's own data objects, about 300 bytes, and what
	// it built for lists: at most 252 bytes each for PDOL, CDOL1 and DRDOL, twice
	// where a torn transaction replaces them.
	terminalBytes = 2 << 10

	// staticBytes bounds the records that are signed: what every kernel must be
	// able to hold (EMV Book 2, clause 5.1). What is longer fails CDA.
	staticBytes = 2048

	// maxCommands ends a transaction whose card never comes to a result. The
	// longest honest flow has under 30 commands.
	maxCommands = 300

	// maxAnswer is the longest answer to a short command: 256 bytes and SW.
	maxAnswer = 258

	// maxCommand is a short command in full: header, Lc, 255 bytes, Le.
	maxCommand = 261

	// maxFormat1 is the longest answer to GENERATE AC in format 1: 11 fixed
	// bytes and 32 of the issuer.
	maxFormat1 = 43

	// relayAttempts is how often the exchange is timed at most.
	relayAttempts = 3

	// maxApplications and maxPhoneMessages bound a configuration.
	maxApplications  = 100
	maxPhoneMessages = 32

	// maxAmount is the largest number of twelve digits.
	maxAmount = 999_999_999_999
)
