// Package reading takes one card for one order of the secure world: it waits for
// a card on every interface that the order opens, drives the EMV kernels over it,
// seals account data into envelopes and tells how the card ended.
//
//	empty slot and field ─▶ insert │ tap │ swipe
//	insert  contact kernel: selection … cardholder verification
//	          ─▶ envelope 1 or chain, wait for PINDone ─▶ first GENERATE AC
//	          ─▶ envelope 2, wait for Answer ─▶ second GENERATE AC ─▶ Finished or Failed
//	tap     Entry Point and its kernel ─▶ (envelope 1, PINDone) ─▶ envelope 2,
//	          wait for Answer ─▶ Finished "not asked"; or another interface, or again
//	swipe   as tap, without a kernel; a chip card is sent to the slot, unless its
//	          chip has failed as often as the parameters say
//
// A card that is pulled ends the order at once, also while a PIN or the host is
// waited for; a card that was tapped or swiped may go. A Stop, or a session that is
// lost, ends it between two commands: before the first GENERATE AC by simply
// leaving the card, afterwards by asking the card for an AAC, so that it does not
// believe in a payment that is off.
//
// Only the reader imports it. It holds account data in the kernels' buffers, in
// the answer buffer of the card connection and in one plaintext buffer, while it
// reads; all are cleared when the order ends, and none of it is logged. It must
// never hold a PIN.
package reading
