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
//	KSN belongs to that terminal's key            no answer, connection closed
//	MAC verifies                                  no answer, connection closed
//	KSN unused, or used for these same bytes      no answer, connection closed
//	fields are those of the message type          30
//	DE 42 and 49 are the terminal's               57
//	same DE 11, 13, 37, 41 and class as before    the first answer again
//
// A sale is then decided by card (14), expiry (54), cryptogram (05), PIN (55,
// 75), the card's scenario, currency (57) and balance (51). An approval is booked
// twice: in the acquirer's ledger and in the issuer's own book. If no element
// answers, nothing is booked and the answer is 96, or none where it cannot be
// authenticated; the terminal reverses.
//
// The acquirer's gateway and the tests import it. A PAN lies in memory from the
// moment an element opened it until the answer is made, and is never written.
package host
