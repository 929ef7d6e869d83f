package app

import "github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"

// phase is what an instance has been used for.
type phase uint8

const (
	fresh      phase = iota
	chained          // a certificate chain was verified
	prepared         // envelope 1 was opened
	authorised       // envelope 2 was opened and its request built
	checking         // answers without a payment
	networking       // sign-on or echo
	advising         // an advice
	settling         // the settlement of a batch
	ended            // an envelope was refused: nothing more
)

// permits is the permit table of the door. An instance that saw account data
// does nothing but finish its payment, and one that checks or asks for others
// never opens an envelope. Checks may be repeated: what does not verify may be
// followed by what does.
func (p phase) permits(op uint32) bool {
	switch p {
	case fresh:
		return true
	case chained: // the PIN may have to be enciphered again, or asked for online after all
		return op == call.OpVerifyChain || op == call.OpPreparePIN || op == call.OpAuthorise
	case prepared:
		return op == call.OpAuthorise
	case authorised:
		return op == call.OpCheckAnswer || op == call.OpComplete
	case checking:
		return op == call.OpCheckAnswer || op == call.OpCheckReversal
	case networking:
		return op == call.OpNetwork || op == call.OpCheckNetwork
	case advising:
		return op == call.OpAdvice || op == call.OpCheckAdvice
	case settling:
		return op >= call.OpSettle && op <= call.OpCheckItems
	}
	return false
}

// next is the phase that a permitted operation leads to.
func (p phase) next(op uint32) phase {
	switch op {
	case call.OpPreparePIN:
		return prepared
	case call.OpVerifyChain:
		return chained
	case call.OpAuthorise, call.OpAuthoriseKey, call.OpFollow:
		return authorised
	case call.OpNetwork, call.OpCheckNetwork:
		return networking
	case call.OpAdvice, call.OpCheckAdvice:
		return advising
	case call.OpSettle, call.OpCheckSettle, call.OpItems, call.OpCheckItems:
		return settling
	}
	if p == authorised {
		return authorised
	}
	return checking
}
