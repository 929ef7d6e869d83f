// Package emv is the contact EMV kernel: a step machine that takes a payment
// card from selection to the second GENERATE AC (EMV 4.4 Books 1, 3 and 4).
//
// It does no input or output and knows no clock and no random source. The
// caller feeds it with Next: the start, each answer of the card, the PIN
// pad's result, the host's answer, the loss of the card. Each call returns
// the one Action to carry out. Each state of the machine is one function.
//
//	start ─▶ PSE or AID list ─▶ choose ─▶ final SELECT ─▶ GET PROCESSING OPTIONS
//	   ─▶ READ RECORD … ─▶ restrictions ─▶ CVM list (▶ ask PIN) ─▶ risk (GET DATA)
//	   ─▶ first GENERATE AC ─▶ go online ─▶ EXTERNAL AUTHENTICATE
//	   ─▶ second GENERATE AC ─▶ finished
//
// Amount, currency, date, type and unpredictable number come from the secure
// world in the Order. The kernel never changes or invents one of them.
//
// Any reader program may import it, and so may others: it depends on nothing
// but secureworld/tlv and reader/iso7816. It must never hold a PIN, and it
// never announces offline plaintext PIN, because that would bring the PIN
// here. Account data lie in one buffer that never moves and that Wipe clears;
// they leave by AccountTLV only, for sealing. HostTLV is an allow-list that
// has no account data.
//
// Policy: the card is asked for an ARQC, or for an AAC where an action code
// denies. A TC that nobody asked for is a card error. A payment is approved
// only by the host's approval and the card's TC together.
//
// Rooms left for later, each with the place where it enters:
//
//   - offline data authentication (after the records; until then TVR says "not
//     performed" and 9F33 announces none of SDA, DDA, CDA, XDA);
//   - offline enciphered PIN (a CVM; until then not announced);
//   - issuer scripts 71 and 72 (kept by HostAnswer, reported as not run);
//   - the transaction log of floor limits and random selection (of no effect
//     while every transaction goes online);
//   - TC hash value (98), filled with zeros; Entry Point and contactless.
package emv
