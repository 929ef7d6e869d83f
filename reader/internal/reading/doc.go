// Package reading takes one card for one order of the secure world: it waits for
// the card, drives the EMV kernel over it, seals account data into envelopes and
// tells how the card ended.
//
//	wait for an empty slot, then for a card ─▶ selection … cardholder verification
//	   ─▶ envelope 1, wait for PINDone ─▶ first GENERATE AC
//	   ─▶ envelope 2, wait for Answer ─▶ second GENERATE AC ─▶ Finished or Failed
//
// A card that is pulled ends the order at once, also while a PIN or the host is
// waited for. A Stop, or a session that is lost, ends it between two commands:
// before the first GENERATE AC by simply leaving the card, afterwards by asking
// the card for an AAC, so that it does not believe in a payment that is off.
//
// Only the reader imports it. It holds account data in the kernel's buffer, in
// the answer buffer of the card connection and in one plaintext buffer, while it
// reads; all three are cleared when the order ends, and none of it is logged. It
// must never hold a PIN.
package reading
