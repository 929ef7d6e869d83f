// Package dukpt is the originating side of AES DUKPT (ANSI X9.24-3): the
// registers of a device, which give each transaction a key of its own and
// forget it, and the working keys of a transaction.
//
// A device that is opened later does not betray earlier transactions: a key is
// erased from its register before the transaction is given out.
//
// The state of a device, StateSize bytes in memory of the caller:
//
//	byte    0–3   4–5   6–7  8–15            16–19         20–31  32–1055       1056…
//	        SRD1  type  0    initial key id  next counter  0      32 registers  work area, zero
//
// Each register has 32 bytes, of which the type uses the first; register i
// belongs to counter bit i. Counter 0 means that the initial key is used up.
// The state holds keys: whoever stores it seals it, and never stores it twice
// under names that could be exchanged (an older state repeats keys).
//
// The key serial number (KSN):
//
//	byte    0–3     4–7            8–11
//	        BDK id  derivation id  counter, big endian, 1 to 16 one-bits
//
// There is one method per usage and no function that takes a usage number.
// Everything that holds a key lies in memory that the caller provides.
//
// reader, pinpad and the secure world's host link may import it. It must never
// hold a base derivation key, nor the receiver's derivation, which is package
// receiver.
package dukpt
