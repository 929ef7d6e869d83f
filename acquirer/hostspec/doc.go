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
//	0100/0110  money is held, more is held, balance       DE 39, 38, 54 (balance), 55
//	0200/0210  sale, refund                               DE 39, 38, 55 (8A, 91, 71, 72)
//	0220/0230  advice: capture, offline approval, a       DE 39
//	           card's word on issuer scripts
//	0221/0230  repeat of a 0220: capture, offline approval DE 39
//	0420/0430  reversal of a 0100, 0200 or 0220,          DE 39
//	           or void; DE 90 names it
//	0421/0430  repeat of a 0420                           DE 39
//	0500/0510  totals of a batch                          DE 39, 66; totals as the host has them
//	0600/0610  which items the host has in a batch        DE 39; DE 48 items, whether more follow
//
// What is done is told by DE 3 and by what else is there:
//
//	MTI   DE 3    has besides                                  is
//	0200  000000  card                                         sale; DE 54 tip
//	0200  090000  card, DE 54 cashback                         sale with cash
//	0200  000000  DE 22 = 10x, 48.06 token                     sale to a card on file
//	0200  200000  card                                         refund that no payment is named for
//	0200  200000  DE 22 = 10x, DE 90, 48.09                    refund of what DE 90 names
//	0100  000000  card                                         pre-authorisation: held
//	0100  000000  DE 22 = 10x, DE 38, 90, 48.09                increment of what DE 90 names
//	0100  310000  card, DE 4 = 0                               balance inquiry
//	0220  000000  DE 38, 90, 48.07, 48.09                      capture of DE 4 of what DE 90 names
//	0220  000000  card, DE 55 with a TC, no DE 90              approved offline: to be booked
//	0220  000000  DE 55 with 9F5B, DE 90                       a card's word on scripts; keeps DE 11 and 37
//	0420  as orig DE 90, 48.04                                 reversal; keeps DE 11 and 37 of what it names
//	0420  as orig DE 90, 48.04 = 4000                          void of a completed payment; the same
//
// "card" is DE 22, 25 and what EntryMode.Content asks for. DE 90 names its original by
// MTI, DE 11 and DE 7, and 48.09 by DE 37; the original may be a 0100, 0200 or, for a
// refund, the 0100 that was captured. 48.06 beside a card has the acquirer keep the card
// under that token, if he approves, until every payment that had it kept is reversed or
// voided; 48.08 permits partial approval: DE 39 = 10, DE 4 is
// what was approved and DE 54 (57) what was asked for.
//
// A capture takes at most what is held and not yet captured, in one or several parts; with
// 48.07 = 01 the rest is released. A refund with DE 90 gives back at most what was
// captured and not yet refunded. More is answered 61, an original that is not there or
// does not stand so 25; the books stay. An increment that was captured cannot be
// reversed before its capture (61). Voiding a pre-authorisation gives back what was
// held and captured; what was refunded in part cannot be voided (61).
//
// A reversed capture is held again, as far as it was captured; what the last one released
// stays released. DE 54 has parts of DE 4; cash is also 9F03 of a chip. A chip's refund
// may come with an AAC instead of an ARQC. DE 4 of a reversal is what was asked for, or
// what was approved.
//
// Captures, voids and offline approvals are repeated, the same bytes each time as 0221
// and 0421, until they are answered, like reversals; any answer but 91 and 96 ends
// them. An offline approval may be refused by the issuer (51, 54, …): then nothing is
// booked, and the terminal lists it for people.
//
// A 0500 has the terminal's totals of the batch in DE 60: debits are sales (with
// captures and offline approvals), credits are refunds; what was voided (4000) counts
// among the reversals and not among the first, and what was reversed because its
// outcome was unknown counts nowhere. DE 97 is D or C and sixteen digits, the
// net (sales less refunds). The host answers its own totals, 00 with DE 66 = 1 where
// they agree, and 95 with DE 66 = 2 where not; the batch is closed either way: what
// comes with DE 60 of a closed batch is answered 30, but for reversals and voids of it,
// which count, for whatever reason, among the reversals of the batch that is open. The
// same 0500, also under other numbers, gets the same answer.
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
//	101 102   not read                 none, DE 25 = 08        none: 48.06, or what DE 90 names
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
// counter under the key of that message, STAN of the highest batch, the highest RRN
// of a payment, and the journal head of the last sign-on (zeros where there is none). A
// terminal that finds its own lower was rolled back or cloned. A journal that is not longer than the known one does not replace it.
//
// DE 4, 11, 12, 13, 22, 23, 25, 37, 41, 42, 49 and 60 are set by the terminal and
// 3, 4, 7, 11, 12, 13, 37, 41, 42, 49 and 70 are repeated in the answer. A reversal
// and an advice keep their original's DE 11, 12, 13 and 37, and DE 90 names it.
//
// The kernel's host link, the payment application and the acquirer import it.
package hostspec
