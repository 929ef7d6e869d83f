// Package native is the payment layer of the makes that are written in C: the
// operations of package element, anew from the standards, over the ciphers of a
// library that each make brings (primitives.h). It shares no line with what the
// make on Go's standard library does, so that a mistake of one is found by the
// other: AES DUKPT (ANSI X9.24-3), key blocks of version D (ANSI X9.143), PIN
// blocks of format 4 (ISO 9564-1), CMAC (SP 800-38B), cryptograms and scripts
// (EMV 4.4 Book 2), card verification values, IBM 3624.
//
//	Go side   the interface, strings, slices; holds no key
//	vault     all keys, in pages that are locked, not dumped and not inherited
//	desk      schedules and scratch of one caller at a time, in the same pages
//
// What is secret and derived lies at the desk, not on C's stack, and is wiped before
// the desk is given to the next; so are vector registers and the stack below, where
// libraries put keys aside. Signals wait meanwhile, since the kernel would save
// registers. Comparisons take the same time for every value; the ciphers take what
// their library's do.
//
// The engines of the makes in C import it, and nobody else. It must never give
// out a key, a PIN or a check value of either, nor start a thread.
package native
