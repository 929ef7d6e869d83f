// Package services gives cryptography to trusted applications and to the app
// world: keys by handle, a keystore, a certificate store and a data store for
// each owner. Package tasdk/crypto/call draws the functions of applications,
// package mailbox the reduced set of the app world.
//
// # Keys
//
// A key has an owner, an algorithm and a set of usages from its birth to its end.
// Private keys have one usage. No function answers with a secret or private key,
// and none wraps one; what is agreed, derived or decapsulated becomes a key with a
// handle. Handles are 32 random bits, looked up in the owner's own table, so that
// another's key is refused as one that never was.
//
// A key that is not persistent ends with its session. A persistent one goes
// from secret memory into the owner's space of the trusted storage and back.
//
// # Where keys lie
//
// Symmetric keys and what is expanded from them lie in secret memory from birth
// to end. Requests of applications are copied there before they are read, and
// answers are written into the application's memory, so that data in clear do not
// reach the Go heap. These are the exceptions:
//
//   - Private keys (RSA, EC, Ed25519, X25519, ML-KEM) are objects of the standard
//     library on the Go heap, from birth or load until the key or its session
//     ends; so are shared secrets, for the moment before they become a key.
//   - HMAC, HKDF and ChaCha20-Poly1305 leave intermediate values on the stack of
//     the goroutine that computes them, for as long as nothing overwrites them.
//   - Data that the private keys decrypt pass over the heap.
//
// # FIPS 140-3
//
// Random numbers, hashes, GCM, RSA, ECDSA, ECDH on P-256 and P-384, Ed25519 and
// ML-KEM are those of Go's module. These are not, and each says why in Report's
// table (algorithm.go): CBC and CTR, whose objects in the module copy the key to
// the heap; CMAC and SIV, which Go lacks; HMAC and HKDF, whose objects in the
// module cannot be erased (the hash is the module's); HPKE, X25519 and
// ChaCha20-Poly1305, which the module does not approve. Where the module is
// enforced (GODEBUG=fips140=only) these are refused with a code of their own.
//
// # Certificates
//
// A public key comes out as an X.509 certificate, signed by this device's services
// authority: an ECDSA P-256 key, made at the first use and stored as the others are,
// with a certificate that it signed itself. Certificates come in under a name;
// they are trusted where their chain ends at one that the owner put as trusted, or
// at this device's authority.
//
// BUG(services): the number of uses of a key is counted since the kernel's start.
//
// The kernel alone imports it. It must never hold account data.
package services
