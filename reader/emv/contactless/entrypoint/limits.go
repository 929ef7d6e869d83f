package entrypoint

const (
	// maxSets and maxCombinations bound the configuration. Test settings that
	// exercise every rule have 9 sets and 58 combinations.
	maxSets         = 64
	maxCombinations = 256 // for one transaction type

	// maxAmount is n 12, as 9F02.
	maxAmount = 999_999_999_999

	// minName and maxName are the lengths of an AID (ISO/IEC 7816-5).
	minName, maxName = 5, 16

	// maxKernelID is the length of 9F2A at most; more is malformed.
	maxKernelID = 8

	// maxEntries bounds the directory. An answer of 256 bytes holds 27 entries
	// of the least size.
	maxEntries = 32

	// maxAnswer is the longest answer to a short command: 256 bytes and SW.
	maxAnswer = 258

	// maxCommand is a short command in full: header, Lc, 255 bytes, Le.
	maxCommand = 261

	// maxCommands ends a session whose card never comes to an outcome. The
	// longest honest flow, with a restart, has about 60 commands.
	maxCommands = 400

	// maxStarts bounds how often the field is switched on for a card: a card
	// that leaves in each selection would go on for ever.
	maxStarts = 64
)
