package tlv

const (
	// maxBytes bounds one message: the longest answer of the transport layer,
	// 64 KiB joined by GET RESPONSE. Real records have at most 255 bytes.
	maxBytes = 64 << 10

	// maxDepth stops recursion that a hostile card chooses. EMV nests four
	// deep at most (6F, A5, BF0C, 61).
	maxDepth = 8

	// maxElements bounds the work and the memory for one message: without it
	// 64 KiB would hold 32,768 empty elements. Full records hold about 60.
	maxElements = 1024

	// maxTagBytes is what Tag can hold. EMV's longest are three (FF8105).
	maxTagBytes = 4

	// maxLengthBytes is 83 xx xx xx: more than maxBytes cannot be meant.
	maxLengthBytes = 3

	// maxDOLEntries bounds one list: 252 bytes hold at most 126 entries of a
	// one-byte tag and its length.
	maxDOLEntries = 126

	// maxDOLData is what fits a short command with template 83 in its
	// three-byte form around it (255 - 3), the tightest of EMV's uses.
	maxDOLData = 252
)
