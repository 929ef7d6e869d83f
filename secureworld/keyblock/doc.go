// Package keyblock wraps and unwraps keys in key blocks (TR-31:2018, ANSI
// X9.143): a key together with an authenticated statement of what it may do.
//
//	byte  0        1–4     5–6    7          8     9–10         11             12–13   14–15
//	      version  length  usage  algorithm  mode  key version  exportability  blocks  00
//
// followed by the optional blocks, the enciphered key (hexadecimal) and the MAC
// (hexadecimal). The MAC covers the header and the clear key with its length and
// padding, and is the IV of the encryption.
//
// Version D (AES, CMAC-derived keys) is accepted. Version B (TDES) only through
// a Policy that says so, and only around TDES keys: it brings legacy keys in. A, C and E are refused before any key is tried: A and C
// use variants of one key for two purposes, E is not needed.
//
// A key block protection key (KBPK) is never weaker than the key inside. What is
// accepted has exactly one encoding: upper-case digits, no lengths longer than
// needed.
//
// Every world but the app world may import it. It must never keep a key: keys
// are written to memory of the caller, and the work area, which is on the heap
// unless the caller provides it (UnwrapIn), is cleared.
package keyblock
