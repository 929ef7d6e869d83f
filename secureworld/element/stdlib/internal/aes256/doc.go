// Package aes256 is AES with keys of 256 bits (FIPS 197) for the derivations and
// PIN blocks of one element: few blocks under each of many keys, so the time is
// that of the key schedules.
//
// There are two forms. On amd64, where the processor has AES instructions, assembly of
// our own expands a key while the blocks run, so that a derivation stores no schedule
// anywhere and allocates nothing; no register leaves it with a key. Elsewhere, and in a
// build with the tag stdaes (or purego), it is the standard library with each schedule
// cleared after its blocks. Both take a time that does not depend on keys or data
// wherever the processor has AES instructions. The tests hold the first to the second.
//
// The assembly is outside the FIPS 140-3 module that the programs link; block by block,
// as DUKPT and PIN blocks use AES, the module approves of neither. Whoever needs every
// block inside the module builds with stdaes.
//
// The element's engine imports it. It must never keep a key after Erase.
package aes256

// Sizes in bytes.
const (
	KeySize   = 32
	BlockSize = 16
)

// Room is the memory that one Key needs, in bytes: the schedules of both
// directions.
const Room = 2 * rounds * BlockSize

const rounds = 15 // keys of rounds, the first included
