package virtualcard

const (
	// maxApplications bounds a directory; real cards have up to about ten.
	maxApplications = 16

	// maxRecord is the longest record that a short answer holds, template 70
	// included (EMV 4.4 Book 3, clause 6.5.11: 256 bytes with the status word).
	maxRecord = 254

	// maxTranscript bounds a recorded transcript; the longest known has 8 KiB.
	maxTranscript = 1 << 20

	// maxStory bounds the cryptograms of a story that nobody asks for; a payment
	// with a second attempt has four.
	maxStory = 64

	// maxRelayExchanges is how often a reader may measure (Book C-2: three).
	maxRelayExchanges = 3
)
