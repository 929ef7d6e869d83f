// Package host is the core of the acquirer: a message of a terminal goes in, the
// answer comes out, and books, message record and key serial numbers change with
// it in one durable transaction. It opens no connection, so that tests and the
// simulation drive it directly; the gateway carries frames to it.
//
// The rules are those of package hostspec. In the order in which they are
// applied, and what happens to a message that breaks one:
//
//	well formed                                   no answer, connection closed
//	DE 41 is the TLS identity and is registered   no answer, connection closed
//	KSN belongs to a key of that terminal         no answer, connection closed
//	MAC verifies                                  no answer, connection closed
//	KSN unused, or used for these same bytes      no answer, connection closed
//	fields are those of the message type          30
//	DE 42 and 49 are the terminal's               57
//	same DE 11, 13, 37, 41 and class as before    the first answer again
//
// A sale's DE 22 says how its card was read and so what it must carry
// (hostspec.EntryMode, 30). It is then decided by card (14), expiry (54), what
// proves the card, PIN (55, 75), the card's scenario, currency (57) and balance
// (51). The proof is, by entry mode:
//
//	chip, contactless chip   the cryptogram of its scheme's version (05), its counter above
//	                         the last (05), contact only: 9F34 and the card's own PIN result agree (05)
//	contactless stripe       the dynamic code (05), its counter above the last (05)
//	stripe, fallback         the value of track 2 (05) under the service code of the book (05); a
//	                         card with a chip by fallback only (57) and not often a day (65)
//	keyed                    the printed value (05), until it was wrong five times in a row (05)
//
// What a message asks for (kind.go) is found by its type, DE 3 and what else it has;
// another selection of fields is answered 30. What continues a payment finds it by DE 90
// and 48.09 (25), and is held to what is held (61) or was captured (61). What was held is
// not there for others; a reversal takes back whatever was booked, with what was built on
// it or not at all (61), by the opposite of each entry. A message whose payment was
// reversed before it came is answered 94, one for a closed batch 30. Batches have no
// totals of their own: they are asked of the payments each time.
//
// A terminal has one active key and perhaps one that was offered to it; the first
// authentic message under the latter retires the former.
//
// Why a card was declined stands in the book and is counted, and is not told to
// the terminal. An approval is booked twice: in the acquirer's ledger and in the
// issuer's own book. If no element answers, nothing is booked and the answer is
// 96, or none where it cannot be authenticated; the terminal reverses. An advice that
// was answered 96 is as if it had not come: it is sent again, the same bytes.
//
// The answer to a contact chip has 8A, 91 and the script that waits for the card;
// what the card did with it comes with an advice (0220), or with a reversal. A card
// that was pulled before it said anything leaves a script "sent".
//
// With Config.Forwarding another host decides sales and refunds with a card (forward.go):
// what it is asked is committed with what its reversal takes, then asked without a
// transaction, then booked as it said. Each row is ended once, by whoever is first: the
// answer, the terminal's reversal, or a node that finds it given up; the others are late.
// Everything else that asks for money is answered 57.
//
// BUG(host): a service code that demands a PIN (third digit 0, 3 or 5) is not
// enforced, and neither is Visa's dynamic value of contactless stripes verified.
//
// The acquirer's gateway and the tests import it. A PAN lies in memory from the
// moment an element opened it until the answer is made, and is never written.
package host
