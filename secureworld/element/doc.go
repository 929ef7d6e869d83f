// Package element is the door of a secure element: the payment operations that
// an acquirer's host may ask for, none of which returns a key in clear or a PIN.
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
//	0D    LoadKeyBlock  8D    LoadedKey     kek
//	0E    Derive        8E    DerivedKey    kek; a BDK, DUKPT usage 8001
//	0F    TranslatePINUnder  8F  Translated   kek; as TranslatePIN, or keys that come along
//	10    OpenAccountUnder   90  Account      kek; as OpenAccount, of a BDK that comes along
//	1C    LoadApplet    9C    Verified      -
//	1D    AdmitApplet   9D    AppletAdmitted  applet.root
//	1E    RunApplet     9E    AppletAnswer  the applet's own keys
//	1F    UnloadApplet  9F    Verified      -
//	-                   FF    Refusal       a Code
//
// There is no state but the keys and applets (see package applet), so every request is permitted at any time and
// every answer depends on the request alone: asking twice is harmless, and
// several elements can be compared.
//
// # Keys that come along
//
// A key that is not of the element's key file travels as an ANSI X9.143 version D
// block under a key-exchange key (usage K1), which all members of a group have; the
// protection key of an element's file is its own and never on the wire. An element
// keeps nothing of such a block: it comes with each question that uses it, as the
// hosts of hardware modules send their keys with each command. A table of loaded
// keys would make an answer depend on what was asked before: a member that was
// started anew, or that is behind, would answer otherwise than the others and be
// taken for a traitor. So there is nothing to be loaded again after a reset, no
// table that could be full, and no order of questions that matters. LoadKeyBlock
// opens a block by the same rules, tells what it is, and answers its check value,
// the first 5 bytes of the CMAC of a zero block (X9.143, method 01): a host asks it
// when it gets a key, before it relies on it.
//
//	B0 A X, exportability E or N, 32 bytes, optional block BI   base of TranslatePINUnder, OpenAccountUnder and Derive
//	P0 A B or E, exportability E or N, 32 bytes                 zone of TranslatePINUnder
//
// BI is "01" and the first four bytes of the KSNs under the key, eight upper-case hex
// digits: a base derivation key serves no other's KSN. An id that the key file has is
// refused, or a block could give it a second purpose. All other keys are refused, and
// so is exportability S: such a key may be elsewhere in a weaker form. Every fault of
// a block is CodeSeal, and that of a KEKID that is unknown CodeKey; they are found in
// the order key-exchange key, base, zone, KSN, and then as in the verb without
// "Under".
//
// Derive gives the AES-256 initial key of a device (ANSI X9.24-3) out as a block
// under a key-exchange key and in no other way: B1 A X, exportability N, key version
// 00, optional block IK with the initial key id, padded by PB with zeros; the padding
// of the key is the first 14 bytes of the question's Chance.
//
// Who has a key-exchange key has the initial keys that were derived under it, and
// says with its zone keys where PINs may go. An element without one refuses all four
// verbs.
//
// # What is refused
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
