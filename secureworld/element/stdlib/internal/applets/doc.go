// Package applets runs the applets of package applet in one element, on wazero's
// interpreter.
//
// Why the interpreter, and no compiled code: an element holds every key of its host in
// the same process. Interpreted, a module is data that memory-safe Go reads; compiled,
// it would be machine code that a stranger had a hand in, in pages that were writable
// and become executable, and the compiler would be one more thing that has to be right.
// It is slower by a factor of ten or more, and a run is bounded anyway.
//
// A run's linear memory is cleared when it ends. wazero's stack and the states of HMAC
// are ordinary memory, left to the garbage collector: an applet should be asked with
// references (PANReference) and not with PANs.
//
// The element's program imports it. It holds the key from which those of applets come,
// expanded, and for the time of one call a key of an applet; it must never write one
// into an applet's memory.
package applets
