// Package element is the door of a secure element: the payment operations that
// an acquirer's host may ask for, none of which returns a key or a PIN.
//
// A client connects to a Unix stream socket of mode 0600 and sends frames of
// package frame; each request is answered before the next is read, so a client
// that wants more at once opens more connections. Every element, whatever its
// make, is one program behind this door.
//
//	kind  request       kind  answer        uses
//	01    Status        81    Health        -
//	02    OpenAccount   82    Account       bdk.terminal, DUKPT usage 3000
//	03    MACVerify     83    Verified      bdk.terminal, DUKPT usage 2000
//	04    MACGenerate   84    MAC           bdk.terminal, DUKPT usage 2001
//	05    TranslatePIN  85    Translated    bdk.pin, DUKPT usage 1000; zone.pin
//	06    VerifyPIN     86    Verified      zone.pin, pvk
//	07    VerifyARQC    87    IssuerAuth.   imk.ac
//	08    PINOffset     88    Offset        zone.pin, pvk
//	09    PANReference  89    Reference     pan.reference
//	0A    VerifyCVV     8A    Verified      cvk
//	0B    VerifyCVC3    8B    Verified      imk.cvc3
//	0C    ScriptMAC     8C    MAC           imk.smi
//	-                   FF    Refusal       a Code
//
// There is no state but the keys, so every request is permitted at any time and
// every answer depends on the request alone: asking twice is harmless, and
// several elements can be compared.
//
// What is refused, whatever the caller wants: a KSN of one base derivation key
// for the usages of the other (PIN keys open no data, data keys no PIN), a PIN
// block that would leave its format or its PAN, and a decimalisation table,
// which belongs to its key and is no parameter. Every fault of a PIN block and
// every wrong PIN is the same Code (ISO 9564-1 format 4 has no authentication of
// its own, and a second answer would be an oracle).
//
// The acquirer and the elements' programs import it, and the operator's command
// for KeyFile. What crosses in clear is what the host needs of a card; never a
// PIN and never a key.
package element
