// Package pinblock makes, opens and translates PIN blocks (ISO 9564-1).
//
// Format 4, the format of this project, enciphers twice with the PAN between:
//
//	PIN field  4 N P P P P P/A … A A  random (8 bytes)    N: length, P: digits, A: fill
//	PAN field  M D D … D 0 … 0                            M: PAN length - 12, D: digits
//	block      E(E(PIN field) xor PAN field)              E: AES
//
// Formats 0 and 3 (with PAN), 1 and 2 (without) are given as clear 8-byte
// fields; whoever enciphers them does so around them. Format 0 comes from
// foreign zones only, 2 goes to a card only, 1 and 3 stay at the acquirer's
// border.
//
// Format 4 has no authentication: a wrong key or PAN is found only by the checks
// of the field inside, which all are made here, in constant time, and all end in
// one error. The frame around a PIN block authenticates it.
//
// The terminal seals for the acquirer and never translates; translation happens
// inside one element of the acquirer, with the PAN unchanged and to format 4
// only. pinpad and acquirer may import it; the secure world relays PIN blocks
// and needs none of this. It must never hold a PIN outside the caller's memory
// beyond a call, never in a Go string or an error.
package pinblock
