// Package compiled takes the machine code of trusted applications from one start of
// the kernel to the next, since compiling is nearly all of the time that a start
// takes. A kernel that has compiled, and has read nothing yet but what boot verified,
// hands the code to boot in a sealed memory file (package handover); the next kernel
// of the same program gets it back.
//
//	 0         1
//	+---------+----------+----------------------------------
//	| version | count(1) | modules, in the order of their keys
//	|   0x01  |          |
//	+---------+----------+----------------------------------
//	module:  key(32) length(8) code, as github.com/tetratelabs/wazero writes it
//
// Numbers are big endian. A key is wazero's: SHA-256 over the module, what it is
// compiled for and the processor's features; code begins with wazero's version. Code
// of another module, processor or version is not found or not taken, and compiled
// anew.
//
// The code becomes executable as it is. So it rests nowhere: no file and no key
// protects it, but that nobody, boot included, can write to a sealed memory file, and
// that a kernel may make one only once and before it has read what others wrote. Its
// digest goes with it; what differs is compiled anew. Shelf takes bytes that were
// compared with it.
//
// wazero's own store is a folder, which a kernel has none for that others could not
// write. So Shelf takes that store's place in wazero's cache by reflection; where
// wazero's cache no longer looks as expected, all is compiled anew, and a test fails.
//
// The kernel alone imports it, before its sandbox closes. It never holds a key or
// account data.
package compiled
