// Package emv is the contact EMV kernel: a step machine that takes a payment
// card from selection to the second GENERATE AC (EMV 4.4 Books 1, 3 and 4).
//
// It does no input or output and knows no clock and no random source. The
// caller feeds it with Next: the start, each answer of the card, the PIN
// pad's result, the host's answer, the loss of the card. Each call returns
// the one Action to carry out. Each state of the machine is one function.
//
//	start ─▶ PSE or AID list ─▶ choose ─▶ final SELECT ─▶ GET PROCESSING OPTIONS
//	   ─▶ READ RECORD … ─▶ SDA, DDA or the keys for CDA ─▶ restrictions
//	   ─▶ CVM list (▶ ask PIN, ▶ encipher PIN ─▶ VERIFY) ─▶ risk (GET DATA)
//	   ─▶ first GENERATE AC ─▶ go online ─▶ EXTERNAL AUTHENTICATE ─▶ scripts 71
//	   ─▶ second GENERATE AC ─▶ scripts 72 ─▶ finished
//
// A refund goes from the records straight to GENERATE AC, for an AAC, then
// online, and is finished with the host's answer.
//
// Amount, currency, date, type and unpredictable number come from the secure
// world in the Order. The kernel never changes or invents one of them.
//
// Any reader program may import it, and so may others: it depends on nothing
// but secureworld/tlv, secureworld/oda and reader/iso7816. It must never hold a
// PIN. Offline plaintext PIN would bring it here and is never announced; for an
// enciphered one the kernel hands out the card's certificates and challenge
// unverified (PINChain) and takes the block that goes to the card. Account data
// lie in buffers that never move and that Wipe clears; they leave by AccountTLV
// and PINChain only, for sealing. HostTLV is an allow-list that has none.
//
// Policy: the card is asked for an ARQC, or for an AAC where an action code
// denies; for a TC only where the signed configuration allows offline approval.
// What the card raises above the question is a card error. A payment is approved
// by the host's approval and the card's TC together, or, where that is allowed,
// by the TC alone, which must be forwarded. A CDA signature that does not verify
// declines.
//
// BUG(emv): elliptic curves (XDA) are recognised in the AIP and never chosen; a
// card that has nothing else is not authenticated offline, and the TVR says so.
package emv
