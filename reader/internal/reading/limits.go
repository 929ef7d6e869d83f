package reading

import "time"

const (
	// openDeadline covers a slow reader's reset and negotiation.
	openDeadline = 5 * time.Second

	// removalNotice is how long the slot may take to show that a card which no
	// longer answers was pulled: PC/SC polls every 400 ms at worst.
	removalNotice = 1500 * time.Millisecond

	// longestAnswer bounds the wait for PINDone and Answer. The secure world
	// ends both much sooner; this frees the card where it forgot.
	longestAnswer = 5 * time.Minute

	// accountRoom is what emv.AccountTLV may need at most, emvRoom what
	// emv.HostTLV may.
	accountRoom = 64
	emvRoom     = 255
)
