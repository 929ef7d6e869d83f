// Package hostspec is the host's door: the host interface specification of the
// ISO 8583:1987 link between a terminal's secure world and the acquirer.
//
// It is plain data on the standard library alone: descriptions of fields, never
// their values. The payment application and the gateway build their library's
// message specifications from it (package codec below it), and the kernel's host
// link uses its lengths to find the trace number in a frame that it cannot read
// further.
//
// # Frame
//
//	byte 0-1  length of the message, big endian; 0 is a keep-alive
//	byte 2-   message: MTI (2, BCD), bitmap (8 or 16), fields in order, MAC last
//
// over TCP with mutual TLS 1.3 that ends in the secure world. Numbers are BCD
// (odd lengths padded by a zero on the left), text is ASCII, binary fields and
// bitmaps are bytes; LLL lengths are BCD in two bytes.
//
// # Security
//
// No account data and no PIN travels in clear: DE 2, 14, 35, 36 and 45 never
// occur, and tags 56, 57, 5A, 5F20, 5F24, 9F1F, 9F20 and 9F6B never occur in DE 55. DE 48 is a private composite
// of elements "tag (1) ‖ length (2, big endian) ‖ value", tags rising, that
// holds the terminal's KSN of this message, the account data sealed under that
// KSN's data encryption key (AES-256-GCM, nonce of zeros since the key is used
// once, additional data the KSN), the KSN of the PIN pad's block, and what
// reversals and sign-ons need. DE 52 is a 16-byte ISO 9564-1 format 4 block (the
// 1987 format has room for 8 bytes only).
//
// The last field (DE 64, or DE 128 where DE 65 to 128 are present) is the first
// 8 bytes of an AES-256 CMAC over everything before it, MTI and bitmap included
// with the MAC's own bit set. A request is authenticated under the MAC
// generation key (DUKPT usage 2000) of its KSN and its answer under the MAC
// verification key (2001) of the same KSN, which the answer repeats.
//
// A KSN is good for one message. The host keeps the set of those used, answers
// an identical repeat of a message with the answer that it gave before, and
// refuses any other message under a used KSN.
//
// # Messages
//
//	MTI        from the terminal                          answer
//	0800/0810  DE 70 = 001 sign-on, 301 echo              DE 39; DE 48 host state
//	           sign-on: DE 120 to 122 evidence
//	0200/0210  sale: processing code 000000               DE 39, 38, 55 (8A, 91, 71, 72)
//	0220/0230  advice: a card's word on issuer scripts    DE 39
//	0420/0430  reversal of a 0200, DE 90 names it         DE 39
//	0421/0430  repeat of a 0420                           DE 39
//
// # Entry modes
//
//	DE 22     card read by             DE 55                   sealed account data
//	051 052   chip                     cryptogram              57, or 5A and 5F24; 5F34
//	071 072   contactless chip         cryptogram              as chip
//	911 912   contactless stripe data  9F36, 9F61, 9F6A        9F6B; 56, 5A, 5F24, 5F34
//	901 902   magnetic stripe          none                    57; 56, 5A, 5F24
//	021 022   the same                 none                    the same
//	801 802   stripe after the chip    none                    as stripe
//	011 012   keyed                    none, DE 25 = 08        5A, 5F24, DF71 (CVV2)
//
// The third digit says whether the terminal can take a PIN; without that, and
// for a keyed card, there is no DE 52. DE 25 is 00 but for a keyed card. Content
// that does not fit its entry mode is answered 30, a swiped chip card (service
// code 2xx or 6xx under 90 and 02) 57.
//
// A contactless sale gets no 91 and no scripts: the card has left. The answer to
// a contact chip may have 71 or 72; what the card said to them (9F5B, five bytes
// for each script) comes in DE 55 of an advice, whatever became of the payment. An
// advice changes no books: 00 says that it was taken, 25 that there is no such
// payment, and either ends it. It is repeated, under a new KSN, until it is answered.
//
// A request (0200) is never repeated: without an answer it is reversed. A
// reversal is repeated, the same bytes each time, until it is answered. To a
// reversal 00 and 25 (no original) both mean that nothing is booked any more; a
// request that arrives after its reversal is refused.
//
// # Evidence
//
// A sign-on says what the terminal is: a report that its device signed (package
// secureworld/attestation), in DE 120 to 122. Its nonce is the channel binding of the
// TLS session (RFC 9266), so it is fresh without a question, and of no use over
// another connection. A host that asks for evidence and refuses it, or finds none,
// answers the sign-on 63 with the reason in DE 48 and no host state, and then answers
// requests over that connection 63, too. Reversals and advices are taken: they settle
// what was booked.
//
// Which fields each message has stands in Permits. The answer to a sign-on tells
// what the host knew of the terminal before that message: the highest KSN
// counter under the key of that message, STAN of the highest batch and RRN, and the
// journal head of the last sign-on (zeros where there is none). A terminal that finds its own lower was rolled back or cloned. A
// journal that is not longer than the known one does not replace it.
//
// DE 4, 11, 12, 13, 22, 23, 25, 37, 41, 42, 49 and 60 are set by the terminal and
// 3, 4, 7, 11, 12, 13, 37, 41, 42, 49 and 70 are repeated in the answer. A reversal
// and an advice keep their original's DE 11, 12, 13 and 37, and DE 90 names it.
//
// The kernel's host link, the payment application and the acquirer import it.
package hostspec
