package kernel3

const (
	// storeBytes holds all data objects of one application. Honest cards send
	// under 2 KiB, certificates included.
	storeBytes = 8 << 10

	// terminalBytes holds the terminal's own data objects, about 250 bytes.
	terminalBytes = 1 << 10

	// staticBytes holds the records that take part in offline data
	// authentication; the card's signed records are under 1 KiB.
	staticBytes = 4 << 10

	// maxCommands ends a transaction whose AFL names records without end. A tap
	// has to be over in half a second, with under ten commands.
	maxCommands = 64

	// maxCommand is a short command in full: header, Lc, 255 bytes, Le.
	maxCommand = 261

	// maxAnswer is the longest answer to a short command: 256 bytes and SW.
	maxAnswer = 258
)
