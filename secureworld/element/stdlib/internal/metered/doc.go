// Package metered rewrites a WebAssembly module so that every run of it ends, and ends
// at the same place wherever and however often it is run: it counts what the module
// does, and not the time that it takes.
//
// A module gets one more global, "fuel" (i64, mutable), exported as Export, and pays from
// it where it enters a function and where it begins a turn of a loop. The price of either
// is the number of instructions that can run once from there, which are those of its
// body without the loops within: branches go back to the beginnings of loops alone
// (WebAssembly Core 1.0, 2.4.8 and 4.4.8). A function pays for its locals too, an eighth
// for each. Instructions over a range (memory.copy, memory.fill and their kind) pay
// an eighth for each byte or element. What a host does on a module's behalf, the host
// takes from the same global. Where it falls below zero, the module traps.
//
// Since no operand lies on the stack that no instruction put there, fuel bounds the
// stack too: eight bytes for each unit.
//
// A module may have what Go and C compile to: WebAssembly 1.0 with sign extension,
// saturating conversion, several results and ranges of memory. It may not have reference
// types, vectors, threads, imports other than functions, a memory of more than its
// limit, a table over maxTable, or a second memory or table. Custom sections are
// dropped: names and debugging data, which no run needs.
//
// Rewrite does not validate a module: whoever runs it has one validated first that is
// not rewritten, since a rewritten one has a global, a type and a function more that
// it could name.
//
// The runtime of applets imports it. It holds no key.
package metered
