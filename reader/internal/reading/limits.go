package reading

import (
	"time"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
)

const (
	// openDeadline covers a slow reader's reset and negotiation.
	openDeadline = 5 * time.Second

	// removalNotice is how long the slot may take to show that a card which no
	// longer answers was pulled: PC/SC polls every 400 ms at worst.
	removalNotice = 1500 * time.Millisecond

	// longestHold bounds how long a message stays before the field is open again:
	// parameters may say more than anybody would wait for.
	longestHold = 3 * time.Second

	// longestAnswer bounds the wait for PINDone and Answer. The secure world
	// ends both much sooner; this frees the card where it forgot.
	longestAnswer = 5 * time.Minute

	// accountRoom is what AccountTLV of a kernel or a stripe may need at most,
	// emvRoom what HostTLV may with the entry mode and the CVM behind it, chainRoom
	// what emv.PINChain may.
	accountRoom = contactless.AccountRoom
	emvRoom     = 255 + 4 + 4
	chainRoom   = emv.PINChainRoom
)
