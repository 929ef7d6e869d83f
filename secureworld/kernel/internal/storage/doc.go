// Package storage is the trusted storage: a tree of spaces below one root key,
// one space for each trusted application and for each purpose of the kernel. A
// space holds named objects, sealed, each bound to its space, its name and its
// version.
//
//	firmware root key ─┐
//	k of n parts ──────┼─ storage root key ─ root record ─┬─ key of a space ─ index ─ objects
//	local secret ──────┘  (package deviceroot)            └─ key of a space ─ index ─ objects
//
// A change is written to files that nothing refers to yet, made durable, and
// takes effect with the root record, which is written last; the anchor, a counter
// outside, is raised then. After a power cut at any point there is the old or the
// new state, and what Put, Delete or another change has acknowledged is there.
//
//	spaces/root.0, root.1     root record; the one of number n in root.(n mod 2)
//	spaces/<space>.0, .1      index of the space with this number (8 hex digits)
//	spaces/<space>-<object>.0, .1
//	                          object with this number (8 hex digits)
//
// Each file is one sealed record, numbers big endian:
//
//	 0         4          8          9      10         14          18           26
//	+---------+----------+----------+------+-----------+-----------+------------+-----------+
//	| "SRS1"  | size (4) | kind (1) | 0    | space (4) | object (4)| version (8)| nonce (12)|
//	+---------+----------+----------+------+-----------+-----------+------------+-----------+
//	 38                  38 + size    54 + size
//	+-------------------+------------+--------------+
//	| ciphertext (size) | tag (16)   | checksum (8) |
//	+-------------------+------------+--------------+
//
// The head is additional data of AES-256-GCM, the checksum (first 8 bytes of
// SHA-256 over all before it) needs no key: with it what wore out is told from
// what was exchanged. Kinds: 1 root record, 2 index, 3 object. Bodies:
//
//	root    next space(4) ‖ count(2) ‖ count × ( space(4) ‖ flags(1) ‖ failures(1) ‖ version(8) ‖ tag of the
//	        index(16) ‖ key(32) ‖ salt(16) ‖ check(16) ‖ length(1) ‖ name ), by name, in ascending order
//	index   next object(4) ‖ count(2) ‖ count × ( object(4) ‖ version(8) ‖ size(4) ‖ tag of the object(16) ‖
//	        length(1) ‖ name ), likewise
//	object  the data
//
// flags: 1 the space has a password. Its key is then masked with a key that is
// derived from password and storage root key; failures counts wrong passwords and
// is durable before a password is tried.
//
// What is found is told apart: see the errors. What the anchor cannot see, a copy
// of the whole disk taken back together with the anchor, is seen by the acquirer
// at sign-on alone, and until then not at all.
//
// Keys of spaces and data in clear lie in secret memory. Exceptions: names, sizes
// and versions, which are no secrets of the kernel's, and the working memory of
// Argon2id, which is ordinary memory: what it computes opens nothing without the
// storage root key. Argon2id stands outside the FIPS 140-3 module.
//
// The kernel alone imports it.
package storage
