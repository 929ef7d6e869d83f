// Package elementapplet is a virtual smart card that is a secure element: the
// applet of package apdu on a virtual card, to be put into a reader of vpcd.
//
// Its engine does the AES verbs alone (OpenAccount, MACVerify, MACGenerate,
// TranslatePIN, PANReference, and those of keys in key blocks) and was written anew from the standards: the DUKPT
// derivation from ANSI X9.24-3, the MAC from NIST SP 800-38B, the PIN block from
// ISO 9564-1. It shares the block cipher and GCM with Go's library, and the
// opening and making of key blocks with package keyblock, and no other line with package dukpt,
// cmac or pinblock: an error that it shares with them is one of the standard's
// reading.
//
// Real cards take 30 to 385 ms for an operation; a Pace makes this one as slow.
//
// Tests and the operator's command may import it; a program of a world never. It
// holds keys in the clear in this process's memory, as any virtual card does: it
// is no protection, it is what one tests with.
package elementapplet
