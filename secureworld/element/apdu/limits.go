package apdu

import "github.com/strongroom-pos/strongroom/secureworld/element"

// Limits of the commands.
const (
	// maxPart is what one byte of length can say.
	maxPart = 255
	// maxShort is what Le 00 asks for.
	maxShort = 256
	// MaxBody is an element's longest body behind its chance: 18 parts.
	MaxBody = len(element.Chance{}) + element.MaxBody
	// maxTurns bounds the GET RESPONSEs of one answer, with one repetition each.
	maxTurns = 2 * (element.MaxBody/maxShort + 1)
	// attempts: a card that was reset has forgotten the selection, not the keys.
	attempts = 2
)
