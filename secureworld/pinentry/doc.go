// Package pinentry is the door of the PIN pad into the secure world.
//
// The PIN pad dials a socket of the secure world, never through the app world,
// and both ends authenticate by TLS 1.3 with device certificates. Inside run
// frames of package frame:
//
//	kind  PIN pad → secure world      kind  secure world → PIN pad
//	01    Hello                       81    Welcome
//	02    KeyLoaded                   82    LoadKey
//	03    Entered                     83    EnterPIN  (order)
//	04    Failed                      84    Stop      (order)
//	05    Enciphered                  85    Show      (order)
//	06    Chosen                      86    EncipherPIN (order)
//	07    Keyed                       87    Choose    (order)
//	08    Confirmed                   88    KeyCard   (order)
//	                                  89    Confirm   (order)
//
// Orders carry a CMAC under this PIN pad's order key (package orderauth).
// EnterPIN fixes the amount that the PIN pad shows on its own display, and
// brings the PAN that ISO 9564-1 format 4 needs, sealed by the payment
// application:
//
//	AES-256-GCM under the PAN key, nonce "PAN" 00 ‖ counter (8),
//	additional data: order id (16) ‖ device id (8); plaintext: PAN digits, ASCII,
//	followed by zero bytes to 19 bytes
//
// The counter is the retrieval reference number of the attempt: the secure world
// uses none twice, and the PIN pad takes no counter that is not above the last.
//
// Entered holds an ISO 9564-1 format 4 block (16 bytes) under the PIN encryption
// key (AES-256) of the KSN beside it, from the key that the
// acquirer shares with this PIN pad. The secure world relays it and cannot open
// it. That key arrives by LoadKey: an ANSI X9.143 version D key block of usage
// B1 under the PIN pad's own key block protection key, which only the acquirer
// and the PIN pad know.
//
// EncipherPIN brings the public key of the card, which the payment application has
// recovered from its certificates, and the card's challenge; Enciphered holds the
// RSA ciphertext of EMV 4.4 Book 2, clause 7.2, which only the card can open.
//
// KeyCard takes a card number that is keyed in (mail and telephone orders); Keyed
// brings it sealed for the payment application:
//
//	AES-256-GCM under the keyed-entry key, nonce "KEY" 00 ‖ counter (8),
//	additional data: order id (16) ‖ device id (8); plaintext (KeyedSize bytes):
//	PAN digits, ASCII, zeros to 19 bytes ‖ expiry YYMM, ASCII ‖
//	verification code, ASCII, zeros to 4 bytes
//
// Confirm has a person confirm, by a key, an amount that is given back. Show brings an
// amount with TextBalance alone: what a card may still spend, for the cardholder's eyes.
//
// States (anything else ends the session):
//
//	state     from the PIN pad     to the PIN pad
//	greeting  Hello                Welcome
//	idle      -                    LoadKey, EnterPIN, EncipherPIN, Choose, KeyCard, Confirm, Show
//	loading   KeyLoaded            -
//	entering  Entered, Failed      Stop
//	          (EncipherPIN: Enciphered; Choose: Chosen; KeyCard: Keyed; Confirm: Confirmed)
//
// Stop ends an entry without an answer. It may cross Entered or Failed, so Stop
// of an order that has ended or never came is verified and has no effect. Show is
// taken while an entry goes on too, and put off until it has ended.
//
// The PIN pad and the kernel import it. Nothing that crosses here holds a PIN in
// clear, nor says how many digits it has.
package pinentry
