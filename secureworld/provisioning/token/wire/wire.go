// Package wire is what the operator's command and the program that holds a
// PKCS#11 token say to each other, over that program's standard input and output:
// frames (package frame), one answer to each question.
//
//	0x01  open      label, PIN                       → opened: what the token is called
//	0x02  generate  algorithm(1), label              → key: number(2), algorithm(1), public key
//	0x03  find      label                            → key
//	0x04  sign      key number(2), message or digest → signature
//	0x05  seal      name, secret                     → secret
//	0x06  unseal    name, what seal made             → secret
//	0xFF  the answer to what was refused: reason(1), the library's own code(4)
//
// A public key is 32 bytes for Ed25519 and the uncompressed point, 65 bytes, for
// P-256. A signature is 64 bytes for both: RFC 8032, and r ‖ s. What is signed is
// the whole message for Ed25519 and its SHA-256 for P-256.
//
// What seal makes is a nonce of 12 bytes and AES-256-GCM, bound to the name, under a
// key that never leaves the token.
//
// Both ends import it. It never carries a private key; the PIN is in open alone, and
// a secret in seal and in the answer to unseal.
package wire

// Kinds of frames; an answer is the question's kind with the highest bit set.
const (
	KindOpen     = 0x01
	KindGenerate = 0x02
	KindFind     = 0x03
	KindSign     = 0x04
	KindSeal     = 0x05
	KindUnseal   = 0x06
	Answer       = 0x80
	KindRefused  = 0xFF
)

// Algorithm is a kind of key.
type Algorithm uint8

// Algorithms.
const (
	Ed25519 Algorithm = 1
	P256    Algorithm = 2
)

// Open logs in to the token of this label.
type Open struct {
	Label []byte `max:"32"`
	PIN   []byte `max:"255"`
}

// Opened says what the token is.
type Opened struct {
	Model  []byte `max:"16"`
	Serial []byte `max:"16"`
}

// Generate makes a key pair that never leaves the token.
type Generate struct {
	Algorithm Algorithm
	Label     []byte `max:"64"`
}

// Find looks for a key pair once; its number serves from then on.
type Find struct {
	Label []byte `max:"64"`
}

// Key is a key pair of the token.
type Key struct {
	Number    uint16
	Algorithm Algorithm
	Public    []byte `max:"65"`
}

// Sign asks for a signature.
type Sign struct {
	Number  uint16
	Message []byte `max:"65000"`
}

// Signature is one.
type Signature struct {
	Bytes []byte `max:"64"`
}

// Refused tells why.
type Refused struct {
	Reason Reason
	Code   uint32 // CKR_…, 0 if the library was not asked
}

// Seal asks to seal a secret, and Unseal to open it.
type Seal struct {
	Name   []byte `max:"64"`
	Secret []byte `max:"128"` // 1 byte or more; sealed it has 28 more
}

// Secret is the answer to both.
type Secret struct {
	Bytes []byte `max:"128"`
}
