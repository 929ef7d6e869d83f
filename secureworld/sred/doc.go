// Package sred is the door of the card reader into the secure world (SRED:
// secure reading and exchange of data, PCI PTS POI).
//
// The reader dials a socket of the secure world, never through the app world,
// and both ends authenticate by TLS 1.3 with device certificates. Inside run
// frames of package frame:
//
//	kind  reader → secure world       kind  secure world → reader
//	01    Hello                       81    Welcome
//	02    Progress                    82    Take      (order)
//	03    Verify  (envelope 1)        83    PINDone   (order)
//	04    Online  (envelope 2)        84    Answer    (order)
//	05    Finished                    85    Stop      (order)
//	06    Failed                      86    Show      (order)
//	07    VerifyOffline (chain)       87    Chosen    (order)
//	08    Choose                      88    Configure (order)
//	09    Configured
//
// Orders carry a CMAC under this reader's order key (package orderauth). Take
// fixes everything that a cryptogram covers: amount, currency, date, transaction
// type and unpredictable number; the reader fills DOLs with them and shows the
// amount, and never draws or changes one. The terminal's numbers of the relay
// resistance protocol come with it too (kernel 2: DF8301), so the reader draws
// nothing; none is used twice.
//
// Configure brings the signed parameters of package parameters: applications, CA
// keys, action codes, limits. It is the first order of each session, and the only
// way in which a reader's parameters change.
//
// An envelope holds account data and EMV data for the payment application alone:
//
//	KSN (12) ‖ number (1) ‖ AES-256-GCM ciphertext (1024) ‖ tag (16)
//
// Its key is the AES-DUKPT working key of that KSN for usage "data encryption"
// (ANSI X9.24-3), used for this one message, hence the fixed nonce of zeros. The
// additional data are
//
//	SHA-256(Take order as received, CMAC included) ‖ device id (8) ‖ KSN (12) ‖ number (1)
//
// so an envelope answers one order of one device and nothing else. The number is
// 1 for the envelope that asks for a PIN, 2 for the one that goes online, and 3 for
// a certificate chain, whose ciphertext has 7424 bytes instead of 1024. A KSN is
// accepted once, only rising, only from the device that it belongs to.
//
// The plaintext is of one length, so that it tells nothing:
//
//	length (2) ‖ account data TLV ‖ length (2) ‖ EMV data TLV ‖ zeros
//
// Finished brings the card's last cryptogram with 95, 9B and what it did with its
// issuer's scripts (9F5B), in clear: they are fixed in length and name no account.
//
// States of the reader within a session (anything else ends the session):
//
//	state       from the reader            to the reader
//	greeting    Hello                      Welcome
//	bare        Configured                 Configure
//	idle        Progress, Configured       Take, Show, Configure
//	taking      Progress, Verify,          PINDone (after Verify and
//	            VerifyOffline, Choose,     VerifyOffline), Chosen (after
//	            Online, Failed,            Choose), Stop
//	            Finished (offline decline)
//	online      Progress, Failed           Answer, Stop
//	completing  Finished, Failed           Stop
//
// A card that was tapped or swiped is gone when the host answers: the order then
// ends with Finished "card not asked", and the answer is complete without it. So
// does a refund (9C = 20), whose chip gives an AAC before the host is asked: it may
// be pulled then, and Finished has the cryptogram of that AAC.
//
// Messages cross: the card may be pulled, or give its word, while an order for it
// is on the way. So PINDone, Chosen and Answer of an order that has ended are verified and
// dropped, and Stop of an order that has ended, never came or is completing has no
// effect. Show is taken in every state and put off until the order has ended. What
// names an order in another way than this table allows ends the session.
//
// The reader and the kernel import it. It cannot open an envelope: the receiving
// side's derivation is in dukpt/receiver, which a reader cannot link.
package sred
