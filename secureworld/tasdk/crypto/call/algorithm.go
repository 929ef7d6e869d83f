package call

import "strconv"

// Algorithm says what a key is for. A key has one, from birth.
type Algorithm uint8

// Algorithms of keys, and the hashes. The mailbox has the same numbers.
const (
	AlgorithmNone    Algorithm = iota
	AES256GCM                  // sealed: nonce (12, drawn by the kernel) ‖ ciphertext ‖ tag (16); SP 800-38D
	AES256CBC                  // sealed: IV (16, drawn by the kernel) ‖ ciphertext; whole blocks, no padding; SP 800-38A
	AES256CTR                  // sealed: counter (16, drawn by the kernel) ‖ ciphertext; SP 800-38A
	AES256CMAC                 // tag of 16 bytes; SP 800-38B
	AES512SIV                  // sealed: synthetic IV (16) ‖ ciphertext; two keys of 256 bits; RFC 5297
	ChaCha20Poly1305           // sealed: as AES256GCM; RFC 8439
	HMACSHA256
	HMACSHA384
	HMACSHA512
	HMACSHA3256
	HKDFSHA256
	HKDFSHA384
	HKDFSHA512
	RSA2048PSS // SHA-256, salt of 32 bytes
	RSA3072PSS
	RSA2048PKCS1v15 // signature, SHA-256
	RSA2048OAEP     // SHA-256
	RSA3072OAEP
	ECDSAP256 // SHA-256, ASN.1
	ECDSAP384 // SHA-384, ASN.1
	Ed25519
	ECDHP256 // agree, or decrypt by HPKE (RFC 9180, HKDF-SHA256, AES-256-GCM)
	ECDHP384
	X25519
	MLKEM768 // decapsulate, or decrypt by HPKE
	MLKEM1024
	AlgorithmEnd // behind the last algorithm of a key
)

// Hashes, for Hash alone.
const (
	SHA256 Algorithm = 64 + iota
	SHA384
	SHA512
	SHA3256
	SHA3384
	SHA3512
	HashEnd
)

// Valid reports whether a is the algorithm of a key.
func (a Algorithm) Valid() bool { return a > AlgorithmNone && a < AlgorithmEnd }

// String names the algorithm.
func (a Algorithm) String() string {
	names := [...]string{"none", "AES-256-GCM", "AES-256-CBC", "AES-256-CTR", "AES-256-CMAC", "AES-SIV-512", "ChaCha20-Poly1305",
		"HMAC-SHA-256", "HMAC-SHA-384", "HMAC-SHA-512", "HMAC-SHA3-256", "HKDF-SHA-256", "HKDF-SHA-384", "HKDF-SHA-512",
		"RSA-2048-PSS", "RSA-3072-PSS", "RSA-2048-PKCS1v15", "RSA-2048-OAEP", "RSA-3072-OAEP",
		"ECDSA-P256", "ECDSA-P384", "Ed25519", "ECDH-P256", "ECDH-P384", "X25519", "ML-KEM-768", "ML-KEM-1024"}
	hashes := [...]string{"SHA-256", "SHA-384", "SHA-512", "SHA3-256", "SHA3-384", "SHA3-512"}
	switch {
	case int(a) < len(names):
		return names[a]
	case a >= SHA256 && a < HashEnd:
		return hashes[a-SHA256]
	}
	return "unknown algorithm " + strconv.Itoa(int(a))
}

// Usage is a set of what a key may do, fixed at its birth.
type Usage uint8

// Usages.
const (
	Encrypt   Usage = 1 << iota // with Seal
	Decrypt                     // with Open, or Decrypt for private keys
	Sign                        // and Verify with the same key
	MAC                         // with MAC
	VerifyMAC                   // with VerifyMAC
	Agree                       // with Agree, or Decapsulate for ML-KEM
	Derive                      // with Derive
)

// Flags of a request.
const (
	Persistent uint8 = 1 << iota // the key outlives the session
	Trusted                      // the certificate ends chains
)

// Report entries: 3 bytes each.
const (
	ReportInside   uint8 = 1 // carried out inside Go's FIPS 140-3 module
	ReportEnabled  uint8 = 2 // the module is in force
	ReportEnforced uint8 = 4 // what lies outside is refused
)
