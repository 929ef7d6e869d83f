// Package call is the door of the loyalty application: what the app world may ask of
// it, by mailbox.Invoke. Numbers are big endian.
//
//	op  request                  answer
//	1   payment(16)              points(8) of the card that paid
//	2   payment(16) points(8)    points(8) that are left when these are redeemed
//	3   empty                    version(4) of this application
//
// and, from the kernel alone, card.OpPaid.
package call

// Operations.
const (
	OpPoints  uint32 = 1
	OpRedeem  uint32 = 2
	OpVersion uint32 = 3
)

// Version of the application.
const Version = 1

// Reasons of refusal: negative as the application answers, positive as the app world
// is told.
const (
	CodeMalformed int32 = -1
	CodeUnknown   int32 = -2 // no payment of the last ones
	CodeTooFew    int32 = -3 // fewer points than are to be redeemed
	CodeStorage   int32 = -4
)
