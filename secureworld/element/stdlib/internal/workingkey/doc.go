// Package workingkey derives the working keys of transactions for one element: AES
// DUKPT (ANSI X9.24-3) on the receiver's side, AES-256 throughout, from the base
// derivation key down to the key of one usage.
//
// It keeps the path of each terminal that is active: the initial key and the
// intermediate keys of the last counter, by the one-bits of the counter from the
// highest. From one counter to the next there is one new key at the most, where the
// whole way has as many as the counter has one-bits. Where two terminals compete for
// a place, the one that was silent longer gives way. A path says nothing that the base
// derivation key beside it does not.
//
//	BDK -8001-> initial key -8000-> bit 31 -8000-> … -8000-> lowest bit -usage-> working key
//
// All keys lie in one mapping of secret memory, or of locked memory where the machine
// has none, or of ordinary memory that stays out of core files where no memory may be
// locked. It is written a second time, beside dukpt/receiver, which derives one
// transaction in memory of its caller and is the oracle of the tests.
//
// The element's engine imports it. It must never give out another key than a working
// key, nor keep one of those after Release.
package workingkey
