// Package attestation is the report of a device about itself: what runs, what is in
// force, and for whom that was said. The device's attestation key signs it (ECDSA on
// P-256, FIPS 186-5), which the device authority certified for nothing else.
//
// The body, numbers big endian:
//
//	"SRAR"(4) version(1)=02 audience(1) nonce(32) time(8, milliseconds since 1970)
//	device       text
//	boot         digest(32)
//	system       digest(32): of the virtual machine that the kernel runs in; zero without one
//	kernel       version(8) digest(32)
//	parameters   version(4) digest(32)
//	licence      digest(32)
//	applications count(1) × [ name text, version(8), digest(32) ], names rising
//	app          state(1) digest(32) time(8)
//	words        isolation text, memory text, storage root text, label text
//	layers       in force(4), bits 1<<n of sandbox layer n
//	module       text: version of the FIPS 140-3 module, or latest
//	flags        flags(1): 1 FIPS, 2 FIPS enforced, 4 debug, 8 tampered
//	journal      length(8) head(32)
//
// A text is one byte of length and as many characters, '!' to '~'. The signature,
// r and s in 32 bytes each, is over "strongroom attestation report 1" ‖ 00 ‖ body.
// Evidence is what travels:
//
//	version(1)=01  body: length(2)  signature(64)  certificate: length(2), X.509 DER
//	               quote: length(2), may be empty
//
// There is one encoding of every report and all evidence; anything else is refused.
//
// A report says self-reported unless its quote (Quote) is that of a TPM which saw boot
// start this kernel, over the digest of this very body: a kernel that was taken over
// can sign what it likes with its own key. The verifier knows the TPM's key; to one
// that does not, every report is self-reported. What a quote proves rests on who may
// write to the TPM: root can extend the register with the measurement of a kernel that
// never ran.
//
// The audience is in the body because the app world may choose a nonce: its report
// is none that the host accepts. The host's nonce is a value that both ends of the
// host link export from their TLS session (RFC 8446, 7.5), to which the host's own
// handshake contributed: it is fresh without another message, and a report passed on
// over another connection does not fit.
//
// The kernel makes reports; the acquirer, the operator's command and tests verify
// them. It is built on the standard library alone, and holds no key longer than a
// call. A body has no room for account data or a key.
package attestation
