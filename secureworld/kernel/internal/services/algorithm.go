package services

import (
	"crypto/fips140"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// algorithm is one line of the table: what its keys may do and how they are made.
type algorithm struct {
	usages  call.Usage // that a key may have
	secret  int        // bytes of a symmetric key, 0 for a private key
	elastic bool       // an imported secret may have another length
	outside string     // why it is not carried out in the FIPS module, or empty

	open func(Memory, []byte) (material, error) // expands a symmetric key

	generate func() (private, error)
	parse    func([]byte) (private, error) // what private.marshal wrote
	verify   func(public any, message, signature []byte) bool
	encrypt  func(public any, plaintext, extra []byte) ([]byte, error)
}

// private is a private key: the exception to secret memory.
type private interface {
	material
	marshal() ([]byte, error)
	public() any
}

const (
	bothWays = call.Encrypt | call.Decrypt
	tags     = call.MAC | call.VerifyMAC
	opening  = call.Agree | call.Decrypt
)

// Why an algorithm lies outside the module.
const (
	copies   = "its object in the module copies the key to the heap: the block alone is the module's"
	missing  = "Go has none: ours, over the module's block"
	unerased = "its object in the module cannot be erased: ours, over the module's hash"
	unproved = "not approved by the module"
)

func algorithms() (t [call.AlgorithmEnd]algorithm) {
	t[call.AES256GCM] = algorithm{usages: bothWays, secret: 32, open: openGCM}
	t[call.AES256CBC] = algorithm{usages: bothWays, secret: 32, open: openCBC, outside: copies}
	t[call.AES256CTR] = algorithm{usages: bothWays, secret: 32, open: openCTR, outside: copies}
	t[call.AES256CMAC] = algorithm{usages: tags, secret: 32, open: openCMAC, outside: missing}
	t[call.AES512SIV] = algorithm{usages: bothWays, secret: 64, open: openSIV, outside: missing}
	t[call.ChaCha20Poly1305] = algorithm{usages: bothWays, secret: 32, open: openChaCha, outside: unproved}
	for i, a := range []call.Algorithm{call.HMACSHA256, call.HMACSHA384, call.HMACSHA512, call.HMACSHA3256} {
		t[a] = algorithm{usages: tags, secret: 32, elastic: true, open: openHMAC(macHashes()[i]), outside: unerased}
	}
	for i, a := range []call.Algorithm{call.HKDFSHA256, call.HKDFSHA384, call.HKDFSHA512} {
		t[a] = algorithm{usages: call.Derive, secret: 32, elastic: true, open: openHKDF(macHashes()[i]), outside: unerased}
	}
	privateAlgorithms(&t)
	return t
}

func privateAlgorithms(t *[call.AlgorithmEnd]algorithm) {
	t[call.RSA2048PSS] = rsaSigning(2048, true)
	t[call.RSA3072PSS] = rsaSigning(3072, true)
	t[call.RSA2048PKCS1v15] = rsaSigning(2048, false)
	t[call.RSA2048OAEP] = rsaDecrypting(2048)
	t[call.RSA3072OAEP] = rsaDecrypting(3072)
	t[call.ECDSAP256] = ecdsaSigning(p256())
	t[call.ECDSAP384] = ecdsaSigning(p384())
	t[call.Ed25519] = ed25519Signing()
	t[call.ECDHP256] = agreement(ecdhP256())
	t[call.ECDHP384] = agreement(ecdhP384())
	t[call.X25519] = agreement(x25519())
	t[call.MLKEM768] = kem768()
	t[call.MLKEM1024] = kem1024()
}

// permits reports whether a key of this algorithm may have the usages: any of
// them for a symmetric key, whose two ways are one purpose, and exactly one for a
// private key.
func (a algorithm) permits(u call.Usage) bool {
	if u == 0 || u&^a.usages != 0 {
		return false
	}
	return a.secret > 0 || u&(u-1) == 0
}

// known returns the line of an algorithm.
func (s *Services) known(a call.Algorithm) (algorithm, call.Code) {
	if !a.Valid() {
		return algorithm{}, call.CodeAlgorithm
	}
	if s.refusedByFIPS(a) {
		return algorithm{}, call.CodeFIPS
	}
	return s.algorithms[a], call.OK
}

// refusedByFIPS: where the module is enforced, what lies outside is refused. The
// module itself would refuse some of it and not notice the rest.
func (s *Services) refusedByFIPS(a call.Algorithm) bool {
	return s.algorithms[a].outside != "" && fips140.Enforced()
}

// Line is one algorithm in the report.
type Line struct {
	Algorithm call.Algorithm
	Inside    bool   // carried out in the FIPS module
	Why       string // it is not
}

// Report says of each algorithm whether the FIPS module carries it out.
func (s *Services) Report() []Line {
	var lines []Line
	for a := call.AlgorithmNone + 1; a < call.AlgorithmEnd; a++ {
		lines = append(lines, Line{a, s.algorithms[a].outside == "", s.algorithms[a].outside})
	}
	for a := call.SHA256; a < call.HashEnd; a++ {
		lines = append(lines, Line{Algorithm: a, Inside: true})
	}
	return lines
}
