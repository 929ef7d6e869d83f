package door

import "github.com/strongroom-pos/strongroom/secureworld/element"

// Policies: a transcript's number, which all members sign, says what one of them may
// answer alone in mode quorum. What a client takes is the client's own rule.
const (
	PolicyAll   uint16 = 1 // each verb is answered by as many as the mode says
	PolicyCheap uint16 = 2 // MACs and references by one, and a share is audited by another
)

// Alone tells whether one member answers a verb in a group of mode quorum. A wrong MAC
// is refused by who verifies it, and a wrong reference finds nobody; a wrong PIN,
// cryptogram or key is never among them. An unknown policy has none.
func Alone(policy uint16, mode Mode, verb element.Kind) bool {
	return policy == PolicyCheap && mode == ModeQuorum && (verb == element.KindMACGenerate || verb == element.KindPANReference)
}
